using System.Globalization;
using System.IO.Pipes;
using Cluster.Api;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// The master's end of the channel to one worker: sends, takes what arrives, answers and passes on. It knows no
/// process. Thread-safe.
/// </summary>
internal sealed class WorkerConnection : IPeer, IDisposable
{
    private readonly ClusterWorker _worker;
    private readonly ChannelLimits _limits;
    private readonly IWorkerObserver _observer;
    private readonly IWorkerLife _life;
    private readonly Channel _channel;
    private readonly object _relayGate = new();
    private readonly Dictionary<(int Sender, long Correlation), WorkerConnection> _siblingsWaiting = [];
    private SiblingRelay<WorkerConnection>? _relay;
    private bool _relayEnded;
    private volatile int _unreadWhenFull;
    private Frame[] _lost = [];
    private int _pinged;
    private int _unread;

    /// <summary>Creates a channel that keeps what is sent until it is connected.</summary>
    /// <param name="worker">What users see of the worker.</param>
    /// <param name="limits">The channel's limits.</param>
    /// <param name="observer">Who is told of messages and events.</param>
    /// <param name="life">Who is told what the worker says of itself.</param>
    public WorkerConnection(ClusterWorker worker, ChannelLimits limits, IWorkerObserver observer, IWorkerLife life)
    {
        _worker = worker;
        _limits = limits;
        _observer = observer;
        _life = life;
        _channel = new Channel(limits, OnFrame, life.OnChannelClosed);
        _channel.InboxFull += OnInboxFull;
        _channel.Writer.Full += () => observer.OnEvent(ClusterEventName.InboxFull, worker, "The worker does not read; its senders wait.");
    }

    /// <inheritdoc/>
    public event Action? RoomChanged
    {
        add => _channel.RoomChanged += value;
        remove => _channel.RoomChanged -= value;
    }

    /// <inheritdoc/>
    public int Id => _worker.Number;

    /// <inheritdoc/>
    public int Slot => _worker.Slot;

    /// <inheritdoc/>
    public int ProcessId => _worker.ProcessId;

    /// <inheritdoc/>
    public ReplyTable Replies { get; } = new();

    /// <summary>The worker as users see it.</summary>
    public ClusterWorker Worker => _worker;

    /// <summary>Whether the worker is connected or will be.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Whether it takes messages: not from the moment on when it is told to leave.</summary>
    public bool IsAccepting => IsOpen && _channel.Writer.IsAccepting;

    /// <summary>Whether nothing comes from it any more.</summary>
    public bool HasEnded { get; private set; }

    /// <inheritdoc/>
    public object? Subject => _worker;

    /// <inheritdoc/>
    public string Condition =>
        _worker.ExitReason is { } reason ? $"has exited ({reason})"
        : _worker.State == WorkerState.Draining ? "is leaving and takes no more messages"
        : "has exited";

    /// <inheritdoc/>
    public PeerLoad Load
    {
        get
        {
            var window = _channel.Writer.Use;
            return new PeerLoad(IsOpen ? window : window with { IsAccepting = false }, Replies.Count, _worker.Run?.IsUnprovenReplacement ?? false);
        }
    }

    /// <inheritdoc/>
    public long ChosenAt { get; set; }

    /// <summary>Messages that the worker has not read yet.</summary>
    public int Pending => _channel.Writer.Unread;

    /// <summary>Messages sent to the worker.</summary>
    public long Sent => _channel.Writer.Sent;

    /// <summary>Messages and requests that it has read; the answers that it got do not count.</summary>
    public long Read => _channel.Writer.Read;

    /// <summary>The bytes of their bodies.</summary>
    public long SentBytes => _channel.Writer.SentBytes;

    /// <summary>What its reader is at: <see cref="ChannelReader.ActivityStamp"/>.</summary>
    public long ActivityStamp => _channel.ActivityStamp;

    /// <summary>Starts with a pipe by which the worker has said hello.</summary>
    /// <param name="pipe">The pipe; the channel disposes it.</param>
    /// <param name="reader">The reader that took the hello off it.</param>
    /// <param name="launch">What the worker is to run.</param>
    public void Connect(NamedPipeServerStream pipe, FrameReader reader, byte[] launch)
    {
        var greeting = new OutgoingBuffer();
        greeting.AppendControl(FrameKind.Welcome, new Welcome(Id, Slot, Environment.ProcessId, _limits).Write());
        greeting.AppendControl(FrameKind.Launch, launch);
        var name = string.Create(CultureInfo.InvariantCulture, $"Cluster worker {Id}");
        _channel.Connect(pipe, name, new PipeReadiness(pipe), reader, greeting);
    }

    /// <inheritdoc/>
    public SendResult Send(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation) =>
        IsOpen ? _channel.Writer.WriteData(kind, header, body, timeout, cancellation) : SendResult.Closed;

    /// <inheritdoc/>
    public SendResult TrySend(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body) =>
        IsOpen ? _channel.Writer.TryWriteData(kind, header, body) : SendResult.Closed;

    /// <inheritdoc/>
    public void RequestRoom(int size, int sibling) => _channel.Writer.RequestRoom(size, sibling);

    /// <summary>Asks the worker to stop. What was sent before arrives before; nothing is sent after.</summary>
    /// <param name="mode">How.</param>
    public void SendStop(StopMode mode)
    {
        _channel.StopAccepting();
        _channel.Writer.WriteControl(FrameKind.Stop, [(byte)mode]);
        _channel.Resume();
    }

    /// <summary>
    /// Asks the worker for a sign of life. Never waits, and asks nothing while an answer is outstanding: a worker that has
    /// stopped reading must not cost memory.
    /// </summary>
    public void Ping()
    {
        if (Interlocked.Exchange(ref _pinged, 1) == 0)
        {
            _channel.Writer.WriteControl(FrameKind.Ping, []);
        }
    }

    /// <inheritdoc/>
    public void ReturnCredit(in Frame frame, bool isRead = true)
    {
        if (isRead && Interlocked.Decrement(ref _unread) <= _unreadWhenFull / 2)
        {
            _unreadWhenFull = 0;
        }

        _channel.ReturnCredit(frame, isRead);
    }

    /// <inheritdoc/>
    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation) =>
        _channel.ReadUntil(isDone, deadline, cancellation);

    /// <inheritdoc/>
    public void Interrupt() => _channel.Interrupt();

    /// <inheritdoc/>
    public void Resume() => _channel.Resume();

    /// <inheritdoc/>
    public void Flush() => _channel.Writer.Flush();

    /// <summary>The master's user waits for messages: the worker gets the credit that has gathered.</summary>
    public void FlushCredit() => _channel.FlushCredit();

    /// <summary>Tells the worker that a message which it waits for an answer to has no receiver.</summary>
    /// <param name="correlation">The message.</param>
    public void SendUndeliverable(long correlation) =>
        _channel.Writer.WriteControl(FrameKind.Undeliverable, new Acknowledgement(correlation, 0).Write());

    /// <summary>Tells the worker that a message which it sent to a sibling has been read.</summary>
    /// <param name="correlation">The message.</param>
    public void Acknowledge(long correlation) =>
        _channel.Writer.WriteControl(FrameKind.Acknowledge, new Acknowledgement(correlation, 0).Write());

    /// <summary>Passes a sibling's message on to this worker.</summary>
    /// <param name="sender">The sibling.</param>
    /// <param name="frame">The message.</param>
    /// <param name="onUndeliverable">Called if this worker will never get it.</param>
    public void Relay(WorkerConnection sender, Frame frame, Action<WorkerConnection, Frame> onUndeliverable)
    {
        lock (_relayGate)
        {
            if (!_relayEnded)
            {
                if (frame.Header.Correlation != 0 && frame.Kind is FrameKind.Request or FrameKind.Message)
                {
                    _siblingsWaiting[(sender.Id, frame.Header.Correlation)] = sender;
                }

                _relay ??= new SiblingRelay<WorkerConnection>(this, other => other.HasEnded, onUndeliverable);
                _relay.Add(sender, frame);
                return;
            }
        }

        onUndeliverable(sender, frame);
    }

    /// <summary>A sibling has got the answer that it waited for.</summary>
    /// <param name="sender">The sibling's id.</param>
    /// <param name="correlation">The message.</param>
    public void NoteAnswered(int sender, long correlation)
    {
        lock (_relayGate)
        {
            _siblingsWaiting.Remove((sender, correlation));
        }
    }

    /// <summary>No more messages can be sent.</summary>
    public void Close()
    {
        IsOpen = false;
        _channel.StopAccepting();
    }

    /// <summary>Ends the channel. Everything that the worker sent has been taken when this returns.</summary>
    public void Dispose()
    {
        Close();
        _channel.Dispose();
        HasEnded = true;
    }

    /// <summary>
    /// After the worker's end has been judged, so that whoever waits for an answer learns why none comes: nobody is answered
    /// any more, and what may go on to another worker goes back to its sender.
    /// </summary>
    public void EndReplies()
    {
        _lost =
        [
            .. _channel.Writer.TakeLost()
                .Where(frame => frame.Kind is FrameKind.Message or FrameKind.Request && !(frame.Header.Peer == 0 && Replies.TakeBack(frame))),
        ];
        Replies.Close();
    }

    /// <summary>Reports what it was sent, has not read, and nobody has taken back.</summary>
    public void ReportLost()
    {
        SiblingRelay<WorkerConnection>? relay;
        KeyValuePair<(int Sender, long Correlation), WorkerConnection>[] waiting;
        lock (_relayGate)
        {
            _relayEnded = true;
            relay = _relay;
            _relay = null;
            waiting = [.. _siblingsWaiting];
            _siblingsWaiting.Clear();
        }

        relay?.Dispose();
        foreach (var ((_, correlation), sibling) in waiting)
        {
            sibling.SendUndeliverable(correlation);
        }

        if (_lost.Length > 0)
        {
            _observer.OnMessagesLost(this, _lost);
            _lost = [];
        }
    }

    private void OnFrame(Frame frame)
    {
        if (Frame.IsData(frame.Kind))
        {
            OnData(frame);
            return;
        }

        switch (frame.Kind)
        {
            case FrameKind.Acknowledge:
                OnAcknowledge(Acknowledgement.Read(frame.Body), frame);
                break;
            case FrameKind.Pong:
                Volatile.Write(ref _pinged, 0);
                break;
            case FrameKind.Online:
                _life.OnOnline();
                break;
            case FrameKind.Ready:
                _life.OnReady();
                break;
            case FrameKind.Leave:
                _channel.StopAccepting();
                _life.OnLeave();
                break;
            case FrameKind.Goodbye:
                _life.OnGoodbye(Goodbye.Read(frame.Body));
                break;
            default:
                throw new ProtocolException($"A worker sent a frame of kind {frame.Kind}.");
        }
    }

    private void OnData(Frame frame)
    {
        _worker.CountReceived(frame.Body.Length);
        if (frame.Header.Peer != 0 && frame.Kind != FrameKind.Record)
        {
            if (frame.Kind is FrameKind.Reply or FrameKind.Fault)
            {
                NoteAnswered(frame.Header.Peer, frame.Header.Correlation);
            }

            _observer.OnSiblingMessage(this, frame);
        }
        else if (frame.Kind is FrameKind.Reply or FrameKind.Fault)
        {
            if (Replies.AgeOf(frame.Header.Correlation) is { } time)
            {
                _observer.OnAnswered(time);
            }

            Replies.Give(frame.Header.Correlation, frame);
        }
        else
        {
            if (frame.Kind != FrameKind.Record)
            {
                Interlocked.Increment(ref _unread);
            }
            else
            {
                _life.OnRecord(frame);
            }

            _observer.OnData(this, frame);
        }
    }

    private void OnAcknowledge(Acknowledgement acknowledgement, Frame frame)
    {
        if (acknowledgement.Peer == 0)
        {
            Replies.Give(acknowledgement.Correlation, frame);
        }
        else
        {
            NoteAnswered(acknowledgement.Peer, acknowledgement.Correlation);
            _observer.OnAcknowledged(acknowledgement);
        }
    }

    /// <summary>The event is raised once until half of what was unread has been read.</summary>
    private void OnInboxFull()
    {
        var unread = Volatile.Read(ref _unread);
        if (_unreadWhenFull == 0 && unread > 0)
        {
            _unreadWhenFull = unread;
            _observer.OnEvent(ClusterEventName.InboxFull, _worker, "The master does not read; the worker waits.");
        }
    }
}
