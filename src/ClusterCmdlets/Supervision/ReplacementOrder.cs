namespace Cluster.Supervision;

/// <summary>How workers are to be replaced. Immutable.</summary>
internal sealed record ReplacementOrder
{
    /// <summary>How many may be under way at once.</summary>
    public int MaxSurge { get; init; } = 1;

    /// <summary>How long a new worker may take to be ready; null for what the master's options say.</summary>
    public TimeSpan? ReadyTimeout { get; init; }

    /// <summary>How long an old worker may finish what it has.</summary>
    public TimeSpan Drain { get; init; } = WorkerStop.PatientDrain;

    /// <summary>Whether it is done because a worker has reached a limit.</summary>
    public bool IsRecycling { get; init; }
}
