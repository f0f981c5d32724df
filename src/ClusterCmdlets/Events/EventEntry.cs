using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.Events;

/// <summary>Something that happened to a master or one of its workers, as the master keeps it. Immutable.</summary>
/// <param name="Name">What happened.</param>
/// <param name="Worker">The worker it happened to, or null.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record EventEntry(ClusterEventName Name, WorkerInstance? Worker, string Reason)
{
    /// <summary>When it happened, UTC.</summary>
    public DateTime Time { get; } = DateTime.UtcNow;

    /// <summary>The worker's state at that moment.</summary>
    public WorkerState? State { get; } = Worker?.State;

    /// <summary>The error behind it, or null.</summary>
    public ErrorRecord? Error { get; init; }

    /// <summary>The port that it is about, or null.</summary>
    public string? EndPoint { get; init; }

    /// <summary>The machine that it is about: the worker's, or one that has come or gone; null for the master.</summary>
    public string? ComputerName { get; init; } = Worker?.ComputerName;

    /// <summary>The messages that were lost, or null.</summary>
    public LostMessages? Lost { get; init; }

    /// <summary>Its place in the log, from 0; given by the log.</summary>
    public long Number { get; init; }
}
