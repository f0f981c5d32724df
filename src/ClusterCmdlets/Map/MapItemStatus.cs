namespace Cluster.Map;

/// <summary>What has become of an item, as its map reports it.</summary>
internal enum MapItemStatus
{
    /// <summary>It has run to its end and has written no error.</summary>
    Succeeded,

    /// <summary>It has written an error, or was ended by one.</summary>
    Failed,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>Its worker has died.</summary>
    Lost,
}
