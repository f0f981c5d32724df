using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>The other end of a channel, as those who read and answer its messages see it.</summary>
internal interface IPeer
{
    /// <summary>The worker's id; 0 for a master.</summary>
    int Id { get; }

    /// <summary>The worker's slot; -1 for a master.</summary>
    int Slot { get; }

    /// <summary>Its process.</summary>
    int ProcessId { get; }

    /// <summary>The requests that were sent to it.</summary>
    ReplyTable Replies { get; }

    /// <summary>One of its messages has been read: its sender may send more.</summary>
    /// <param name="frame">The message.</param>
    void ReturnCredit(in Frame frame);

    /// <summary>
    /// The calling thread reads the channel itself until what it waits for is there; it may return early.
    /// </summary>
    /// <param name="isDone">Whether it is there.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation);

    /// <summary>Lets a thread that reads look again at what it waits for.</summary>
    void Interrupt();

    /// <summary>Nothing more is sent for now: what has gathered leaves.</summary>
    void Flush();

    /// <summary>Sends to it; waits for credit.</summary>
    /// <param name="kind">A data kind.</param>
    /// <param name="header">The header.</param>
    /// <param name="body">The encoded body.</param>
    /// <param name="timeout">The longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of it.</returns>
    SendResult Send(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation);
}
