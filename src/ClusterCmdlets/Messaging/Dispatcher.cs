using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// Hands messages that any receiver of a group may have to one that has room, and waits only while none has: one that is slow,
/// full or leaving holds up nobody but itself. Thread-safe.
/// </summary>
internal static class Dispatcher
{
    private static long _choices;

    /// <summary>Sends a message to the least loaded receiver that has room.</summary>
    /// <param name="group">The receivers.</param>
    /// <param name="kind">A message or a request.</param>
    /// <param name="message">The message.</param>
    /// <param name="listener">What waits for its answer; null for none.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="peer">The receiver, when it was sent.</param>
    /// <param name="reply">The place of the answer, when it was sent and is to be answered.</param>
    /// <param name="subject">What the message is about, for the one that waits.</param>
    /// <returns>What became of it; closed when there is no receiver left.</returns>
    /// <exception cref="ClusterException">The handle of the message cannot be sent.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public static SendResult Send(
        IPeerGroup group,
        FrameKind kind,
        in OutgoingMessage message,
        ReplyListener? listener,
        Deadline deadline,
        CancellationToken cancellation,
        out IPeer? peer,
        out PendingReply? reply,
        object? subject = null)
    {
        reply = null;
        while (true)
        {
            var seen = group.Changed.Version;
            var peers = group.Peers;
            peer = LeastLoadedRouter.Choose(peers, message.Body.Length);
            if (peer is null)
            {
                if (peers.Count == 0)
                {
                    return SendResult.Closed;
                }

                if (!Wait(group, seen, peers, message.Body.Length, deadline, cancellation))
                {
                    return SendResult.Full;
                }
            }
            else if (peer.TrySend(kind, message, listener, deadline, cancellation, out reply, subject) == SendResult.Sent)
            {
                peer.ChosenAt = Interlocked.Increment(ref _choices);
                return SendResult.Sent;
            }
            else if (message.Handle is not null && deadline.HasPassed)
            {
                return SendResult.Full;
            }

            // Another sender was faster, or the receiver has begun to leave.
        }
    }

    private static bool Wait(IPeerGroup group, long seen, IReadOnlyList<IPeer> peers, int size, Deadline deadline, CancellationToken cancellation)
    {
        for (var i = 0; i < peers.Count; i++)
        {
            peers[i].RequestRoom(size, sibling: 0);
        }

        return !deadline.HasPassed && group.Changed.Wait(seen, peers, deadline, cancellation);
    }
}
