using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using Cluster.Contracts;

namespace Cluster.Api;

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

    private ClusterEvent(ClusterEvent original, IReadOnlyList<WorkerMessage> messages, int droppedBodies)
    {
        Time = original.Time;
        Name = original.Name;
        MasterName = original.MasterName;
        Worker = original.Worker;
        State = original.State;
        Reason = original.Reason;
        Error = original.Error;
        Messages = messages;
        DroppedBodies = droppedBodies;
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

    /// <summary>
    /// How many of <see cref="Messages"/>, from the first on, have lost their bodies, which are null: the events that nobody
    /// has read hold at most 32 MiB of bodies, the latest ones.
    /// </summary>
    public int DroppedBodies { get; }

    /// <summary>The bytes of the bodies of <see cref="Messages"/>.</summary>
    internal long BodyBytes => Messages.Sum(message => (long)message.BodyBytes);

    /// <summary>The same event with fewer bodies.</summary>
    /// <param name="bytes">How many bytes of them, at least, are to go if there are so many; the oldest go first.</param>
    internal ClusterEvent WithoutBodies(long bytes)
    {
        var messages = Messages.ToArray();
        var dropped = DroppedBodies;
        for (; dropped < messages.Length && bytes > 0; dropped++)
        {
            bytes -= messages[dropped].BodyBytes;
            messages[dropped] = messages[dropped].WithoutBody();
        }

        return new ClusterEvent(this, messages, dropped);
    }
}
