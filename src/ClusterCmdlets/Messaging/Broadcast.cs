using System.Collections.Concurrent;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// The messages of one command to several receivers: each gets them in order and as soon as it has room, so that none waits for
/// another. What is kept for those that are behind is bounded. For one thread; the lanes are served by others.
/// </summary>
internal sealed class Broadcast : IDisposable
{
    /// <summary>What may be kept for receivers that are behind, before the sender waits for them.</summary>
    public const long MaxBacklogBytes = 16 * 1024 * 1024;

    /// <summary>What a message that is kept holds besides its body.</summary>
    private const int Overhead = 256;

    private readonly Dictionary<Receiver, SendLane> _lanes = [];
    private readonly ConcurrentQueue<(Receiver Receiver, LaneMessage Message, SendResult Result)> _failures = new();
    private readonly ChangeSignal _changed = new();
    private readonly Action<Receiver, object?, SendResult> _onFailure;
    private long _backlog;
    private int _waiting;

    /// <summary>Creates a broadcast without messages.</summary>
    /// <param name="onFailure">Called on the sender's thread for each message and receiver that will not get it, with what was sent.</param>
    public Broadcast(Action<Receiver, object?, SendResult> onFailure)
    {
        _onFailure = onFailure;
    }

    /// <summary>Sends a message to one of the receivers, or keeps it until that has room.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="message">The message.</param>
    /// <param name="kept">The body if it had to be kept for another receiver, else null.</param>
    /// <param name="reply">The place of the acknowledgement, or null.</param>
    /// <param name="deadline">Until when it may wait.</param>
    /// <param name="subject">What is sent, as the user gave it.</param>
    /// <returns>Whether the receiver has it, or never will.</returns>
    public bool Send(Receiver receiver, in OutgoingMessage message, ref byte[]? kept, PendingReply? reply, Deadline deadline, object? subject)
    {
        var lane = LaneOf(receiver);
        var header = receiver.Address(message).Header with { Correlation = reply?.Correlation ?? 0 };
        var result = lane.TrySend(FrameKind.Message, header, message.Body.Span);
        if (result != SendResult.Full)
        {
            Note(receiver, new LaneMessage(FrameKind.Message, header, [], deadline, reply, subject), result);
            return true;
        }

        kept ??= message.Body.ToArray();
        Interlocked.Add(ref _backlog, kept.Length + Overhead);
        Interlocked.Increment(ref _waiting);
        lane.Add(new LaneMessage(FrameKind.Message, header, kept, deadline, reply, subject));
        return false;
    }

    /// <summary>Reports those that will not get a message, and waits while too much is kept.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void WaitForSpace(CancellationToken cancellation)
    {
        // Called for every message, and mostly nobody is behind.
        if (Volatile.Read(ref _waiting) > 0 || !_failures.IsEmpty)
        {
            WaitWhile(() => Interlocked.Read(ref _backlog) > MaxBacklogBytes, cancellation);
        }
    }

    /// <summary>Waits until one of the receivers has got everything, so that the quickest of them sets the pace.</summary>
    /// <param name="receivers">The receivers.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void WaitForQuickest(IReadOnlyList<Receiver> receivers, CancellationToken cancellation) =>
        WaitWhile(() => !receivers.Any(receiver => _lanes[receiver].IsEmpty), cancellation);

    /// <summary>Waits until each receiver has got everything, or never will.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void Complete(CancellationToken cancellation) =>
        WaitWhile(() => Volatile.Read(ref _waiting) > 0, cancellation);

    /// <summary>Gives up what waits.</summary>
    public void Dispose()
    {
        foreach (var lane in _lanes.Values)
        {
            lane.Dispose();
        }
    }

    private SendLane LaneOf(Receiver receiver)
    {
        if (!_lanes.TryGetValue(receiver, out var lane))
        {
            lane = new SendLane(receiver.Peer, receiver.Sibling, (message, result) => OnDone(receiver, message, result));
            _lanes.Add(receiver, lane);
        }

        return lane;
    }

    /// <summary>On any thread: a message that was kept has been sent, or never will be.</summary>
    private void OnDone(Receiver receiver, in LaneMessage message, SendResult result)
    {
        Interlocked.Add(ref _backlog, -(message.Body.Length + Overhead));
        Note(receiver, message, result);
        Interlocked.Decrement(ref _waiting);
        _changed.Pulse();
    }

    private void Note(Receiver receiver, in LaneMessage message, SendResult result)
    {
        if (result != SendResult.Sent)
        {
            message.Reply?.Forget();
            _failures.Enqueue((receiver, message, result));
        }
    }

    private void WaitWhile(Func<bool> isHeldUp, CancellationToken cancellation)
    {
        while (true)
        {
            var seen = _changed.Version;
            var next = Settle();
            if (!isHeldUp())
            {
                Settle();
                return;
            }

            IPeer[] waitedFor = [.. _lanes.Values.Where(lane => !lane.IsEmpty).Select(lane => lane.Receiver).Distinct()];
            _changed.Wait(seen, waitedFor, next, cancellation);
        }
    }

    /// <summary>Gives up what has waited too long, and reports.</summary>
    /// <returns>When to look again.</returns>
    private Deadline Settle()
    {
        var next = Deadline.Never;
        foreach (var lane in _lanes.Values)
        {
            next = Deadline.Earlier(next, lane.Expire());
        }

        while (_failures.TryDequeue(out var failure))
        {
            _onFailure(failure.Receiver, failure.Message.Subject, failure.Result);
        }

        return next;
    }
}
