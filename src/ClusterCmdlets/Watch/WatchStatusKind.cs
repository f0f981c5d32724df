namespace Cluster.Watch;

/// <summary>What a <see cref="WatchStatus"/> is.</summary>
internal enum WatchStatusKind
{
    /// <summary>Something is done or under way.</summary>
    Information,

    /// <summary>A question that y or n answers.</summary>
    Question,

    /// <summary>Something has failed.</summary>
    Error,
}
