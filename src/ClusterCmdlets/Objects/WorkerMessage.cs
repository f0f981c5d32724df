namespace Cluster.Objects;

/// <summary>One object that arrived from a worker, or in a worker from its master or a sibling. Immutable.</summary>
public sealed class WorkerMessage
{
    internal WorkerMessage(
        int workerId, int slot, int processId, WorkerMessageKind kind, object? body, string? topic, long sequence, DateTime sentAt)
    {
        WorkerId = workerId;
        Slot = slot;
        ProcessId = processId;
        Kind = kind;
        Body = body;
        Topic = topic;
        Sequence = sequence;
        SentAt = sentAt;
    }

    /// <summary>The id of the worker that sent it; 0 for the master.</summary>
    public int WorkerId { get; }

    /// <summary>The slot of the worker that sent it; -1 for the master.</summary>
    public int Slot { get; }

    /// <summary>The process that sent it.</summary>
    public int ProcessId { get; }

    /// <summary>A message, or an object of the script's output.</summary>
    public WorkerMessageKind Kind { get; }

    /// <summary>The object. See the table of types in the documentation.</summary>
    public object? Body { get; }

    /// <summary>The topic given by the sender, or null.</summary>
    public string? Topic { get; }

    /// <summary>Counts what its sender has sent on this channel, from 1, records included.</summary>
    public long Sequence { get; }

    /// <summary>When it was sent, local time.</summary>
    public DateTime SentAt { get; }
}
