using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>The other end of a channel, as those see it who send messages to it and read its own. Thread-safe.</summary>
internal interface IPeer
{
    /// <summary>
    /// Raised when there may be room for another message, or there will never be: it has read, or takes no more. On the thread
    /// that has found it out; must not block.
    /// </summary>
    event Action? RoomChanged;

    /// <summary>The worker's id; 0 for a master.</summary>
    int Id { get; }

    /// <summary>The worker's slot; -1 for a master.</summary>
    int Slot { get; }

    /// <summary>Its process.</summary>
    int ProcessId { get; }

    /// <summary>What errors are about that tell of it: a worker; null for a master.</summary>
    object? Subject { get; }

    /// <summary>Why it takes nothing more, in words that follow its name.</summary>
    string Condition { get; }

    /// <summary>How busy it is.</summary>
    PeerLoad Load { get; }

    /// <summary>When it was chosen last for a message that any may have, as a number that counts up.</summary>
    long ChosenAt { get; set; }

    /// <summary>The requests that were sent to it.</summary>
    ReplyTable Replies { get; }

    /// <summary>The way of handles; null where there is none.</summary>
    IHandleCarrier? Handles { get; }

    /// <summary>Sends to it if there is room. Never waits. Answers always have room.</summary>
    /// <param name="kind">A data kind.</param>
    /// <param name="header">The header.</param>
    /// <param name="body">The encoded body; copied.</param>
    /// <returns>What became of it.</returns>
    SendResult TrySend(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body);

    /// <summary>Sends to it; waits for room.</summary>
    /// <param name="kind">A data kind.</param>
    /// <param name="header">The header.</param>
    /// <param name="body">The encoded body; copied.</param>
    /// <param name="timeout">The longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of it.</returns>
    SendResult Send(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>A message waits for room in another way than by <see cref="Send"/>: it is asked to say what it has read.</summary>
    /// <param name="size">The size of the message's body.</param>
    /// <param name="sibling">The worker that it is for or comes from, when it goes from sibling to sibling; else 0.</param>
    void RequestRoom(int size, int sibling);

    /// <summary>Nothing more is sent for now: what has gathered leaves.</summary>
    void Flush();

    /// <summary>One of its messages has left the queue: its sender may send more.</summary>
    /// <param name="frame">The message.</param>
    /// <param name="isRead">Whether it was read, which is acknowledged if its sender wants it; else it was passed on.</param>
    void ReturnCredit(in Frame frame, bool isRead = true);

    /// <summary>
    /// The calling thread reads the channel itself until what it waits for is there; it may return early.
    /// </summary>
    /// <param name="isDone">Whether it is there.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation);

    /// <summary>Lets a thread that reads look again at what it waits for.</summary>
    void Interrupt();

    /// <summary>A thread waits for something that arrives here, and not by reading: another one reads from now on.</summary>
    void Resume();
}
