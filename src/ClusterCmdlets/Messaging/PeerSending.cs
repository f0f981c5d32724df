using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>Sends messages that somebody may wait for an answer to.</summary>
internal static class PeerSending
{
    /// <summary>Sends if there is room. Never waits, but for the way of a handle.</summary>
    /// <param name="peer">The receiver.</param>
    /// <param name="kind">A message or a request.</param>
    /// <param name="message">The message.</param>
    /// <param name="listener">What waits for the answer; null for none.</param>
    /// <param name="deadline">Until when a handle may wait.</param>
    /// <param name="cancellation">Ends that wait.</param>
    /// <param name="reply">The place of the answer, when it was sent and is to be answered.</param>
    /// <param name="subject">What the message is about, for the one that waits.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="ClusterException">The handle cannot be sent.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public static SendResult TrySend(
        this IPeer peer, FrameKind kind, in OutgoingMessage message, ReplyListener? listener, Deadline deadline, CancellationToken cancellation, out PendingReply? reply, object? subject = null)
    {
        reply = null;
        var result = MessageHandles.SendAhead(peer, message, deadline, cancellation, out var header);
        if (result != SendResult.Sent)
        {
            return result;
        }

        reply = listener is null ? null : peer.Replies.Open(listener, subject);
        result = peer.TrySend(kind, Named(header, reply), message.Body.Span);
        if (result != SendResult.Sent)
        {
            reply?.Forget();
            reply = null;
            MessageHandles.Withdraw(peer, header);
        }

        return result;
    }

    /// <summary>Sends; waits for room.</summary>
    /// <param name="peer">The receiver.</param>
    /// <param name="kind">A message or a request.</param>
    /// <param name="message">The message.</param>
    /// <param name="listener">What waits for the answer; null for none.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="reply">The place of the answer, when it was sent and is to be answered.</param>
    /// <param name="subject">What the message is about, for the one that waits.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="ClusterException">The handle cannot be sent.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public static SendResult Send(
        this IPeer peer, FrameKind kind, in OutgoingMessage message, ReplyListener? listener, Deadline deadline, CancellationToken cancellation, out PendingReply? reply, object? subject = null)
    {
        reply = null;
        var result = MessageHandles.SendAhead(peer, message, deadline, cancellation, out var header);
        if (result != SendResult.Sent)
        {
            return result;
        }

        reply = listener is null ? null : peer.Replies.Open(listener, subject);
        result = SendResult.Closed;
        try
        {
            result = peer.Send(kind, Named(header, reply), message.Body.Span, deadline.Remaining, cancellation);
        }
        finally
        {
            if (result != SendResult.Sent)
            {
                reply?.Forget();
                reply = null;
                MessageHandles.Withdraw(peer, header);
            }
        }

        return result;
    }

    private static DataHeader Named(in DataHeader header, PendingReply? reply) =>
        reply is null ? header : header with { Correlation = reply.Correlation };
}
