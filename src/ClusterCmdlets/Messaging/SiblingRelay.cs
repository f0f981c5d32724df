using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// Passes messages of siblings on to one receiver, those of each sender in a lane of its own. A sender gets its credit back
/// when its message has been passed on, which bounds what gathers here. Answers wait for nothing. Thread-safe.
/// </summary>
/// <typeparam name="TSender">What stands for a sender.</typeparam>
/// <param name="receiver">The worker that messages are for.</param>
/// <param name="hasEnded">Whether nothing comes from a sender any more.</param>
/// <param name="onUndeliverable">Called for a message that its receiver will never get; not under a lock.</param>
internal sealed class SiblingRelay<TSender>(IPeer receiver, Func<TSender, bool> hasEnded, Action<TSender, Frame> onUndeliverable)
    where TSender : class, IPeer
{
    private readonly object _gate = new();
    private readonly Dictionary<TSender, SendLane> _lanes = [];
    private readonly Dictionary<(int Sender, long Correlation), TSender> _awaiting = [];
    private bool _isClosed;

    /// <summary>Passes a message on, now or when there is room. Never waits.</summary>
    /// <param name="sender">The worker it came from.</param>
    /// <param name="frame">The message; its peer is the receiver.</param>
    public void Add(TSender sender, in Frame frame)
    {
        // A handle is for the master alone.
        var header = frame.Header with { Peer = sender.Id, Handle = 0 };
        if (!Frame.NeedsCredit(frame.Kind))
        {
            if (receiver.TrySend(frame.Kind, header, frame.Body) != SendResult.Sent)
            {
                onUndeliverable(sender, frame);
            }
        }
        else if (LaneOf(sender, frame) is { } lane)
        {
            lane.Add(new LaneMessage(frame.Kind, header, frame.Body, Deadline.Never));
        }
        else
        {
            onUndeliverable(sender, frame);
        }
    }

    /// <summary>A sender has got the answer or the acknowledgement that it waited for.</summary>
    /// <param name="sender">The sender's id.</param>
    /// <param name="correlation">The message.</param>
    public void NoteAnswered(int sender, long correlation)
    {
        lock (_gate)
        {
            _awaiting.Remove((sender, correlation));
        }
    }

    /// <summary>The receiver has ended: what waits for it is reported as undeliverable.</summary>
    /// <returns>Those who wait for an answer that will not come, and for which message.</returns>
    public IReadOnlyList<(TSender Sender, long Correlation)> Close()
    {
        SendLane[] lanes;
        (TSender Sender, long Correlation)[] awaiting;
        lock (_gate)
        {
            _isClosed = true;
            lanes = [.. _lanes.Values];
            awaiting = [.. _awaiting.Select(entry => (entry.Value, entry.Key.Correlation))];
            _lanes.Clear();
            _awaiting.Clear();
        }

        foreach (var lane in lanes)
        {
            lane.Dispose();
        }

        return awaiting;
    }

    private SendLane? LaneOf(TSender sender, in Frame frame)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return null;
            }

            if (frame.Header.Correlation != 0)
            {
                _awaiting[(sender.Id, frame.Header.Correlation)] = sender;
            }

            if (!_lanes.TryGetValue(sender, out var lane))
            {
                ForgetEnded();
                lane = new SendLane(receiver, sender.Id, (message, result) => OnDone(sender, message, result));
                _lanes.Add(sender, lane);
            }

            return lane;
        }
    }

    /// <summary>What belongs to senders that have ended goes when another comes.</summary>
    private void ForgetEnded()
    {
        foreach (var (sender, lane) in _lanes)
        {
            if (hasEnded(sender) && lane.IsEmpty)
            {
                _lanes.Remove(sender);
                lane.Dispose();
            }
        }

        foreach (var (key, sender) in _awaiting)
        {
            if (hasEnded(sender))
            {
                _awaiting.Remove(key);
            }
        }
    }

    private void OnDone(TSender sender, in LaneMessage message, SendResult result)
    {
        // As the sender has sent it: it knows the message by its own sequence, and its peer is the receiver.
        var frame = new Frame(message.Kind, message.Header with { Peer = receiver.Id }, message.Body);
        if (result == SendResult.Sent)
        {
            sender.ReturnCredit(frame, isRead: false);
        }
        else
        {
            onUndeliverable(sender, frame);
        }
    }
}
