namespace Cluster.Supervision;

/// <summary>Where a worker's connection is in its life.</summary>
internal enum ConnectionState
{
    /// <summary>There is none yet.</summary>
    None,

    /// <summary>The worker is waited for.</summary>
    Awaited,

    /// <summary>It has been let in.</summary>
    Open,

    /// <summary>It has ended, or will never be.</summary>
    Closed,
}
