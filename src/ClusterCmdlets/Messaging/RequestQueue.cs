namespace Cluster.Messaging;

/// <summary>
/// The requests of one command that are not finished, in the order in which their answers are given to the caller. An answer
/// that has come before those of earlier requests is kept, and what is kept is bounded. For one thread; answers come on others.
/// </summary>
internal sealed class RequestQueue : IDisposable
{
    /// <summary>What may be kept behind the first unanswered request, before no other is sent.</summary>
    public const long MaxKeptBytes = 64 * 1024 * 1024;

    /// <summary>What an answer holds besides its body.</summary>
    private const int Overhead = 512;

    private readonly Queue<PendingRequest> _pending = new();
    private readonly ChangeSignal _changed = new();
    private long _kept;
    private volatile PendingReply? _awaited;

    /// <summary>Creates an empty queue.</summary>
    public RequestQueue()
    {
        Listener = new ReplyListener(OnCompleted);
    }

    /// <summary>What the requests of this queue are opened with.</summary>
    public ReplyListener Listener { get; }

    /// <summary>Whether the first request must be finished before another is sent.</summary>
    public bool IsFull => Interlocked.Read(ref _kept) >= MaxKeptBytes;

    /// <summary>Adds a request that was sent.</summary>
    /// <param name="request">The request.</param>
    public void Add(PendingRequest request) => _pending.Enqueue(request);

    /// <summary>Takes the first request if it is finished: answered, or not in time.</summary>
    /// <returns>The request, or null.</returns>
    public PendingRequest? TryTake() =>
        _pending.TryPeek(out var first) && (first.Reply.IsCompleted || first.Deadline.HasPassed) ? Take() : null;

    /// <summary>Takes the first request when it is finished.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The request; null when there is none.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public PendingRequest? WaitAndTake(CancellationToken cancellation)
    {
        if (!_pending.TryPeek(out var first))
        {
            return null;
        }

        // Seen by the thread that completes it, or its completion is seen here.
        _awaited = first.Reply;
        Interlocked.MemoryBarrier();
        var isInTime = true;
        while (isInTime)
        {
            var seen = _changed.Version;
            if (first.Reply.IsCompleted)
            {
                break;
            }

            isInTime = _changed.Wait(seen, first.Receiver.Peer, first.Deadline, cancellation);
        }

        return Take();
    }

    /// <summary>Nobody waits for the answers any more.</summary>
    public void Dispose()
    {
        foreach (var request in _pending)
        {
            request.Reply.Forget();
        }

        _pending.Clear();
    }

    private PendingRequest Take()
    {
        var request = _pending.Dequeue();
        request.Reply.Forget();
        if (request.Reply.Outcome == ReplyOutcome.Answered)
        {
            Interlocked.Add(ref _kept, -BytesOf(request.Reply));
        }

        return request;
    }

    private void OnCompleted(PendingReply reply)
    {
        if (reply.Outcome == ReplyOutcome.Answered)
        {
            Interlocked.Add(ref _kept, BytesOf(reply));
        }

        if (reply == _awaited)
        {
            _changed.Pulse();
        }
    }

    private static long BytesOf(PendingReply reply) => Overhead + (reply.Frame.Body?.Length ?? 0);
}
