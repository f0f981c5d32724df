using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Supervision;

/// <summary>Something that has happened to a worker. Immutable.</summary>
/// <param name="Kind">What.</param>
internal sealed record WorkerSignal(WorkerSignalKind Kind)
{
    /// <summary>The process id of a start, the exit code of an end.</summary>
    public int? Number { get; init; }

    /// <summary>Why, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>What went wrong with the connection, or null.</summary>
    public Exception? Error { get; init; }

    /// <summary>Why it will not be ready.</summary>
    public ClusterException? Failure { get; init; }

    /// <summary>The worker's last word.</summary>
    public Goodbye? Goodbye { get; init; }
}
