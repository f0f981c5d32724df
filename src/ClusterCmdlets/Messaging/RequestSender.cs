using Cluster.Contracts;
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
    private readonly CancellationToken _cancellation;
    private Dispatcher? _dispatcher;

    /// <summary>Creates a sender.</summary>
    /// <param name="timeout">The longest wait for each answer, from the sending on.</param>
    /// <param name="cancellation">Ends every wait.</param>
    public RequestSender(TimeSpan timeout, CancellationToken cancellation)
    {
        _timeout = timeout;
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
        _dispatcher ??= new Dispatcher(group);
        var deadline = Deadline.After(_timeout);
        switch (_dispatcher.Send(FrameKind.Request, message, _queue.Listener, deadline, _cancellation, out var peer, out var reply, body))
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
    /// <returns>The finished requests, in order.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public IEnumerable<PendingRequest> TakeUntilThereIsSpace()
    {
        while (_queue.IsFull && WaitAndTake() is { } finished)
        {
            yield return finished;
        }
    }

    /// <summary>Takes the requests at the front that are finished.</summary>
    /// <returns>The next one, in order; null when it is not finished.</returns>
    public PendingRequest? TryTake() => _queue.TryTake();

    /// <summary>The command has no more requests: waits for the next one that is not finished.</summary>
    /// <returns>The next one, in order; null when there is none left.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public PendingRequest? WaitAndTake()
    {
        foreach (var peer in _written)
        {
            peer.Flush();
        }

        _written.Clear();
        return _queue.WaitAndTake(_cancellation);
    }

    /// <summary>The error of a request that has no answer.</summary>
    /// <param name="request">The finished request.</param>
    /// <returns>The error; null when it was answered.</returns>
    public ClusterException? ErrorOf(PendingRequest request) => request.Reply.Outcome switch
    {
        ReplyOutcome.Answered => null,
        ReplyOutcome.Forgotten => SendErrors.NotAnswered(request.Receiver, _timeout, request.Reply.Subject),
        _ => SendErrors.Closed(request.Receiver, request.Reply.Subject, "the request was not answered"),
    };

    /// <summary>Nobody waits for the answers any more.</summary>
    public void Dispose() => _queue.Dispose();

    private void Add(Receiver receiver, PendingReply reply, Deadline deadline)
    {
        _written.Add(receiver.Peer);
        _queue.Add(new PendingRequest(receiver, reply, deadline));
    }
}
