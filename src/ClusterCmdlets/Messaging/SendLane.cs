using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// Messages of one sender to one receiver, in order: each is sent when the receiver has room, by the thread that finds that
/// out. It has no thread of its own, and none that comes by waits. The owner bounds what gathers. Thread-safe.
/// </summary>
internal sealed class SendLane : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<LaneMessage> _backlog = new();
    private readonly int _sibling;
    private readonly Action<LaneMessage, SendResult> _onDone;
    private bool _isClosed;

    /// <summary>Creates an empty lane.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="sibling">The worker that the messages are for or come from, when they go from sibling to sibling; else 0.</param>
    /// <param name="onDone">Called for each message that was added, when it has been sent or never will be; not under a lock.</param>
    public SendLane(IPeer receiver, int sibling, Action<LaneMessage, SendResult> onDone)
    {
        Receiver = receiver;
        _sibling = sibling;
        _onDone = onDone;
        receiver.RoomChanged += SendBacklog;
    }

    /// <summary>The receiver.</summary>
    public IPeer Receiver { get; }

    /// <summary>Whether no message waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _backlog.Count == 0;
            }
        }
    }

    /// <summary>Sends a message unless it would have to wait, for room or for others that were added before.</summary>
    /// <param name="kind">A data kind.</param>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; copied.</param>
    /// <returns>What became of it; the owner is not called.</returns>
    public SendResult TrySend(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            return _isClosed ? SendResult.Closed : _backlog.Count > 0 ? SendResult.Full : Receiver.TrySend(kind, header, body);
        }
    }

    /// <summary>Adds a message behind those that wait. Never waits itself.</summary>
    /// <param name="message">The message; its body must not change any more.</param>
    public void Add(in LaneMessage message)
    {
        lock (_gate)
        {
            _backlog.Enqueue(message);
        }

        SendBacklog();
    }

    /// <summary>Gives up the messages whose time is over.</summary>
    /// <returns>The deadline of the first one that still waits.</returns>
    public Deadline Expire()
    {
        var next = Deadline.Never;
        TakeWhileDone((in LaneMessage message) =>
        {
            next = message.Deadline;
            return next.HasPassed ? SendResult.Full : null;
        });
        return IsEmpty ? Deadline.Never : next;
    }

    /// <summary>Gives up what waits; nothing is sent any more.</summary>
    public void Dispose()
    {
        Receiver.RoomChanged -= SendBacklog;
        lock (_gate)
        {
            _isClosed = true;
        }

        TakeWhileDone(static (in LaneMessage _) => SendResult.Closed);
    }

    private void SendBacklog()
    {
        // A receiver that has said what it has read says the next thing only when it is asked again.
        if (TakeWhileDone(SendOrStay) is { } first)
        {
            Receiver.RequestRoom(first.Body.Length, _sibling);
        }
    }

    private SendResult? SendOrStay(in LaneMessage message)
    {
        var result = _isClosed ? SendResult.Closed : Receiver.TrySend(message.Kind, message.Header, message.Body);
        return result == SendResult.Full ? null : result;
    }

    /// <summary>Takes messages off the front as long as something becomes of them.</summary>
    /// <returns>The one that stays in front; null when none is left.</returns>
    private LaneMessage? TakeWhileDone(Fate fate)
    {
        while (true)
        {
            LaneMessage message;
            SendResult? result;
            lock (_gate)
            {
                if (!_backlog.TryPeek(out message))
                {
                    return null;
                }

                result = fate(message);
                if (result is null)
                {
                    return message;
                }

                _backlog.Dequeue();
            }

            _onDone(message, result.Value);
        }
    }

    /// <returns>What has become of the first message; null when it stays.</returns>
    private delegate SendResult? Fate(in LaneMessage message);
}
