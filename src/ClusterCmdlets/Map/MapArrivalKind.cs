namespace Cluster.Map;

/// <summary>What the reader of a map is told.</summary>
internal enum MapArrivalKind
{
    /// <summary>Results of a batch.</summary>
    Results,

    /// <summary>An item has failed without a result.</summary>
    Failed,

    /// <summary>An item is tried again: what it has written so far does not count.</summary>
    Restarted,

    /// <summary>An item is left out.</summary>
    Skipped,
}
