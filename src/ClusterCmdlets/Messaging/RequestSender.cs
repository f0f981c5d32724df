using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// Sends the requests of one command and gives their answers in the order of the requests. For one thread.
/// </summary>
internal sealed class RequestSender : IDisposable
{
    private readonly RequestQueue _queue = new();
    private readonly HashSet<IPeer> _written = [];
    private readonly TimeSpan _timeout;
    private readonly MapStyle _maps;
    private readonly CancellationToken _cancellation;

    /// <summary>Creates a sender.</summary>
    /// <param name="timeout">The longest wait for each answer, from the sending on.</param>
    /// <param name="asHashtable">Whether maps and objects are given as ordered hashtables.</param>
    /// <param name="cancellation">Ends every wait.</param>
    public RequestSender(TimeSpan timeout, bool asHashtable, CancellationToken cancellation)
    {
        _timeout = timeout;
        _maps = asHashtable ? MapStyle.Hashtable : MapStyle.PSObject;
        _cancellation = cancellation;
    }

    /// <summary>Sends a request to one receiver; waits while that has no room.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="message">The request.</param>
    /// <param name="body">What is asked, as the user gave it.</param>
    /// <returns>The error if it was not sent.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ClusterException? Send(Receiver receiver, in OutgoingMessage message, object? body)
    {
        var deadline = Deadline.After(_timeout);
        var result = receiver.Peer.Send(
            FrameKind.Request, receiver.Address(message), _queue.Listener, deadline, _cancellation, out var reply, body);
        if (result != SendResult.Sent)
        {
            return result == SendResult.Full ? SendErrors.TimedOut(receiver, _timeout, body) : SendErrors.Closed(receiver, body);
        }

        Add(receiver, reply!, deadline);
        return null;
    }

    /// <summary>
    /// Sends a request to the least loaded of a group that has room; waits while none has. One that begins to leave, or dies,
    /// while it is chosen has not got the request; one that has got it answers before it ends.
    /// </summary>
    /// <param name="group">The group; the same for all requests of a command.</param>
    /// <param name="message">The request.</param>
    /// <param name="body">What is asked, as the user gave it.</param>
    /// <returns>The error if it was not sent.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ClusterException? SendToAny(IPeerGroup group, in OutgoingMessage message, object? body)
    {
        var deadline = Deadline.After(_timeout);
        switch (Dispatcher.Send(group, FrameKind.Request, message, _queue.Listener, deadline, _cancellation, out var peer, out var reply, body))
        {
            case SendResult.Sent:
                Add(new Receiver(peer!), reply!, deadline);
                return null;
            case SendResult.Full:
                return SendErrors.TimedOut(receiver: null, _timeout, body);
            default:
                return SendErrors.NoneLeft(group);
        }
    }

    /// <summary>
    /// What has to be finished before another request is sent: as a rule nothing. When too much is kept behind the first
    /// request, it is waited for.
    /// </summary>
    /// <returns>The results, in the order of the requests.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public IEnumerable<RequestResult> TakeUntilThereIsSpace()
    {
        while (_queue.IsFull && WaitAndTake() is { } result)
        {
            yield return result;
        }
    }

    /// <summary>Takes the result of the first request if it is finished.</summary>
    /// <returns>The result; null when it is not finished, or there is none.</returns>
    public RequestResult? TryTake() => _queue.TryTake() is { } finished ? ResultOf(finished) : null;

    /// <summary>Waits for the result of the first request.</summary>
    /// <returns>The result; null when there is no request left.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public RequestResult? WaitAndTake()
    {
        foreach (var peer in _written)
        {
            peer.Flush();
        }

        _written.Clear();
        return _queue.WaitAndTake(_cancellation) is { } finished ? ResultOf(finished) : null;
    }

    /// <summary>Nobody waits for the answers any more.</summary>
    public void Dispose() => _queue.Dispose();

    private void Add(Receiver receiver, PendingReply reply, Deadline deadline)
    {
        _written.Add(receiver.Peer);
        _queue.Add(new PendingRequest(receiver, reply, deadline));
    }

    private RequestResult ResultOf(PendingRequest request)
    {
        switch (request.Reply.Outcome)
        {
            case ReplyOutcome.Forgotten:
                return new(null, SendErrors.NotAnswered(request.Receiver, _timeout, request.Reply.Subject).ErrorRecord);
            case not ReplyOutcome.Answered:
                return new(null, SendErrors.Closed(request.Receiver, request.Reply.Subject, "the request was not answered").ErrorRecord);
        }

        try
        {
            return MessageReplies.Read(request.Reply.Frame, _maps);
        }
        catch (BodyMalformedException exception)
        {
            return new(null, new ClusterException(
                ClusterErrorId.BodyMalformed,
                ErrorCategory.InvalidData,
                $"The answer of {request.Receiver.Name} cannot be decoded: {exception.Message}",
                request.Receiver.Peer.Subject,
                exception).ErrorRecord);
        }
    }
}
