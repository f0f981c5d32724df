using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Events;

namespace Cluster.Api;

/// <summary>Something that happened to a master or one of its workers. Immutable.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "Scripts see it as an object of its own.")]
public sealed class ClusterEvent : EventArgs
{
    private readonly Lazy<IReadOnlyList<WorkerMessage>> _messages;

    internal ClusterEvent(EventEntry entry, string masterName)
    {
        Time = entry.Time.ToLocalTime();
        Name = entry.Name;
        MasterName = masterName;
        Worker = entry.Worker is null ? null : ClusterWorker.Of(entry.Worker);
        State = entry.State;
        Reason = entry.Reason;
        EndPoint = entry.EndPoint;
        ComputerName = entry.ComputerName;
        Error = PublicTarget.Of(entry.Error);
        DroppedBodies = entry.Lost?.DroppedBodies ?? 0;

        // Bodies are decoded when somebody looks: most handlers of events do not.
        var lost = entry.Lost;
        _messages = new(() => lost is null ? [] : WorkerMessage.Of(lost));
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
    public ErrorRecord? Error { get; }

    /// <summary>The port of a <see cref="ClusterEventName.Listening"/>, such as <c>127.0.0.1:8080</c>, or null.</summary>
    public string? EndPoint { get; }

    /// <summary>The machine that it is about: the worker's, or one that has joined, returned or is lost; null when it is about the master.</summary>
    public string? ComputerName { get; }

    /// <summary>The messages of a <see cref="ClusterEventName.MessagesLost"/>, in the order of sending.</summary>
    public IReadOnlyList<WorkerMessage> Messages => _messages.Value;

    /// <summary>
    /// How many of <see cref="Messages"/>, from the first on, have lost their bodies, which are null: a master keeps at most
    /// 32 MiB of bodies for those who have not read them, the latest ones.
    /// </summary>
    public int DroppedBodies { get; }

    /// <inheritdoc/>
    public override string ToString() => Worker is null ? $"{Name}: {Reason}" : $"{Name} of {Worker}: {Reason}";
}
