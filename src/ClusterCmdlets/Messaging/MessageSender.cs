using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// Sends the messages of one command: to one receiver, to each of several, or to any of a group; waits for room and for
/// acknowledgements where that is wanted. For one thread.
/// </summary>
internal sealed class MessageSender : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly Action<ClusterException> _report;
    private readonly CancellationToken _cancellation;
    private readonly Receipts? _receipts;

    /// <summary>Who was written to and may have something left that waits for company.</summary>
    private readonly HashSet<IPeer> _written = [];

    private Broadcast? _broadcast;
    private IPeer? _lastWritten;
    private IPeerGroup? _group;

    /// <summary>Creates a sender.</summary>
    /// <param name="timeout">The longest wait for room and for the acknowledgement of each message.</param>
    /// <param name="isAcknowledged">Whether the receivers are to say that they have read.</param>
    /// <param name="report">Called, on the caller's thread, for each message and receiver that did not get it.</param>
    /// <param name="cancellation">Ends every wait.</param>
    public MessageSender(TimeSpan timeout, bool isAcknowledged, Action<ClusterException> report, CancellationToken cancellation)
    {
        _timeout = timeout;
        _report = report;
        _cancellation = cancellation;
        _receipts = isAcknowledged ? new Receipts(OnNotAcknowledged) : null;
    }

    /// <summary>Sends a message to the one receiver that the command has; waits while that has no room.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="message">The message.</param>
    /// <param name="body">What is sent, as the user gave it.</param>
    /// <exception cref="ClusterException">The handle of the message cannot be sent.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void Send(Receiver receiver, in OutgoingMessage message, object? body)
    {
        var deadline = Deadline.After(_timeout);
        var result = receiver.Peer.Send(
            FrameKind.Message, receiver.Address(message), _receipts?.Listener, deadline, _cancellation, out var reply, body);
        Check(result, receiver, body);
        NoteSent(receiver, reply, deadline, message.Handle);
    }

    /// <summary>Answers a request.</summary>
    /// <param name="source">Where the request came from.</param>
    /// <param name="request">The header that it came with.</param>
    /// <param name="body">The answer, as the user gives it.</param>
    /// <param name="encoder">Encodes it.</param>
    /// <exception cref="ClusterException">The answer cannot be sent as data.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void Reply(IPeer source, in DataHeader request, object? body, MessageEncoder encoder)
    {
        var answer = MessageReplies.Encode(request, body, encoder, out var kind);
        Check(source.Send(kind, answer.Header, answer.Body.Span, _timeout, _cancellation), new Receiver(source), body);
        NoteWritten(source);
    }

    /// <summary>
    /// Sends a message to each of some receivers. One that has no room gets it later, and holds up the others only when too much
    /// waits for it; the sender goes on when one of them could take it. A receiver that is the only one is waited for.
    /// </summary>
    /// <param name="receivers">The receivers.</param>
    /// <param name="message">The message.</param>
    /// <param name="body">What is sent, as the user gave it.</param>
    /// <param name="areAll">Whether these are all the receivers of the message; else others may follow, and none of these is waited for.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void SendToEach(IReadOnlyList<Receiver> receivers, in OutgoingMessage message, object? body, bool areAll)
    {
        if (receivers.Count == 1 && areAll && _broadcast is null)
        {
            Send(receivers[0], message, body);
            return;
        }

        _broadcast ??= new Broadcast((receiver, subject, result) => Check(result, receiver, subject));
        var deadline = Deadline.After(_timeout);
        byte[]? kept = null;
        var isTaken = false;
        for (var i = 0; i < receivers.Count; i++)
        {
            var reply = _receipts is null ? null : receivers[i].Peer.Replies.Open(_receipts.Listener, body);
            isTaken |= _broadcast.Send(receivers[i], message, ref kept, reply, deadline, body);
            NoteSent(receivers[i], reply, deadline);
        }

        if (!isTaken && areAll && receivers.Count > 0)
        {
            _broadcast.WaitForQuickest(receivers, _cancellation);
        }

        _broadcast.WaitForSpace(_cancellation);
    }

    /// <summary>Sends a message to the least loaded of a group that has room; waits while none has.</summary>
    /// <param name="group">The group; the same for all messages of a command.</param>
    /// <param name="message">The message.</param>
    /// <param name="body">What is sent, as the user gave it.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void SendToAny(IPeerGroup group, in OutgoingMessage message, object? body)
    {
        _group = group;
        Dispatch(message, Deadline.After(_timeout), body);
    }

    /// <summary>The command has no more messages: waits for what is still to be sent and to be acknowledged.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void Complete()
    {
        Flush();
        if (_broadcast is not null)
        {
            _broadcast.Complete(_cancellation);
            Flush();
        }

        _receipts?.Complete(_cancellation);
    }

    /// <summary>Gives up what waits.</summary>
    public void Dispose()
    {
        _broadcast?.Dispose();
        _receipts?.Dispose();
    }

    private void Dispatch(in OutgoingMessage message, Deadline deadline, object? body)
    {
        try
        {
            switch (Dispatcher.Send(
                _group!, FrameKind.Message, message, _receipts?.ReturningListener, deadline, _cancellation, out var peer, out var reply, body))
            {
                case SendResult.Sent:
                    NoteSent(new Receiver(peer!), reply, deadline, message.Handle);
                    break;
                case SendResult.Full:
                    _report(SendErrors.TimedOut(receiver: null, _timeout, body));
                    break;
                default:
                    _report(SendErrors.NoneLeft(_group!));
                    break;
            }
        }
        catch (ClusterException exception)
        {
            // Its handle cannot be sent.
            _report(exception);
        }
    }

    private void OnNotAcknowledged(Receipts.Receipt receipt)
    {
        switch (receipt.Reply.Outcome)
        {
            case ReplyOutcome.Returned:
                // Its receiver has ended and never read it: the next one gets it, in what is left of its time.
                var returned = receipt.Reply.Frame;
                Dispatch(new OutgoingMessage(returned.Header with { Correlation = 0, Handle = 0 }, returned.Body, receipt.Handle), receipt.Deadline, receipt.Reply.Subject);
                Flush();
                break;
            case ReplyOutcome.None:
                _report(SendErrors.Closed(receipt.Receiver, receipt.Reply.Subject));
                break;
            default:
                _report(SendErrors.NotAcknowledged(receipt.Receiver, _timeout));
                break;
        }
    }

    private void Check(SendResult result, Receiver receiver, object? body)
    {
        if (result != SendResult.Sent)
        {
            _report(result == SendResult.Full ? SendErrors.TimedOut(receiver, _timeout, body) : SendErrors.Closed(receiver, body));
        }
    }

    private void NoteSent(Receiver receiver, PendingReply? reply, Deadline deadline, Socket? handle = null)
    {
        NoteWritten(receiver.Peer);
        if (reply is not null)
        {
            _receipts!.Add(receiver, reply, deadline, handle);
        }
    }

    private void NoteWritten(IPeer peer)
    {
        if (!ReferenceEquals(peer, _lastWritten))
        {
            _lastWritten = peer;
            _written.Add(peer);
        }
    }

    private void Flush()
    {
        foreach (var peer in _written)
        {
            peer.Flush();
        }
    }
}
