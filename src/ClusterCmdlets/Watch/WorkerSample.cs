using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.Watch;

/// <summary>What a worker has counted up to one moment. Immutable.</summary>
internal sealed record WorkerSample
{
    /// <summary>Its place among the master's workers.</summary>
    public required int Slot { get; init; }

    /// <summary>Its id.</summary>
    public required int Id { get; init; }

    /// <summary>The process id; 0 until there is a process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Since when it is in that state, local time.</summary>
    public required DateTime StateSince { get; init; }

    /// <summary>How often its slot was restarted after a failure before it.</summary>
    public required int Restarts { get; init; }

    /// <summary>Messages sent to it that it has not read.</summary>
    public required int Queue { get; init; }

    /// <summary>Messages sent to it.</summary>
    public required long Sent { get; init; }

    /// <summary>What has arrived from it.</summary>
    public required long Received { get; init; }

    /// <summary>Memory of its process in bytes; null when there is no process.</summary>
    public required long? Memory { get; init; }

    /// <summary>Processor time of its process; null when there is no process.</summary>
    public required TimeSpan? ProcessorTime { get; init; }

    /// <summary>Takes the sample of a worker.</summary>
    /// <param name="worker">The worker.</param>
    /// <returns>The sample.</returns>
    public static WorkerSample Of(WorkerInstance worker)
    {
        var (status, usage) = (worker.Status, worker.Usage);
        return new WorkerSample
        {
            Slot = worker.SlotNumber,
            Id = worker.Id,
            ProcessId = status.ProcessId,
            State = worker.State,
            StateSince = status.StateSince,
            Restarts = worker.Restarts,
            Queue = worker.Connection.Pending,
            Sent = worker.Connection.Sent,
            Received = worker.Connection.Received,
            Memory = usage?.WorkingSet,
            ProcessorTime = usage?.ProcessorTime,
        };
    }
}
