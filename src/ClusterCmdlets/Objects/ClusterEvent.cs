using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;

namespace Cluster.Objects;

/// <summary>Something that happened to a master or one of its workers. Immutable.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "Scripts see it as an object of its own.")]
public sealed class ClusterEvent : EventArgs
{
    internal ClusterEvent(ClusterEventName name, string masterName, ClusterWorker? worker, string reason, IReadOnlyList<WorkerMessage>? messages = null)
    {
        Time = DateTime.Now;
        Name = name;
        MasterName = masterName;
        Worker = worker;
        State = worker?.State;
        Reason = reason;
        Messages = messages ?? [];
    }

    /// <summary>When it happened, local time.</summary>
    public DateTime Time { get; }

    /// <summary>What happened.</summary>
    public ClusterEventName Name { get; }

    /// <summary>The master's name.</summary>
    public string MasterName { get; }

    /// <summary>The worker it happened to, or null.</summary>
    public ClusterWorker? Worker { get; }

    /// <summary>The worker's state at that moment.</summary>
    public WorkerState? State { get; }

    /// <summary>Why, in words.</summary>
    public string Reason { get; }

    /// <summary>The error behind it, such as a script's own, or null.</summary>
    public ErrorRecord? Error { get; internal init; }

    /// <summary>The messages of a <see cref="ClusterEventName.MessagesLost"/>, in the order of sending.</summary>
    public IReadOnlyList<WorkerMessage> Messages { get; }
}
