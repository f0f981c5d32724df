namespace Cluster.Supervision;

/// <summary>Where what a worker runs in is in its life.</summary>
internal enum ProcessState
{
    /// <summary>It has not been started.</summary>
    None,

    /// <summary>It is being started.</summary>
    Starting,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It has ended, or was never started and will not be.</summary>
    Ended,
}
