using System.Globalization;
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
    private readonly WorkerInstance _worker;
    private readonly ChannelLimits _limits;
    private readonly IWorkerObserver _observer;
    private readonly IWorkerLife _life;
    private readonly Channel _channel;
    private readonly object _relayGate = new();
    private readonly Dictionary<(int Sender, long Correlation), WorkerConnection> _siblingsWaiting = [];
    private SiblingRelay? _relay;
    private bool _relayEnded;
    private volatile int _unreadWhenFull;
    private int _pinged;
    private int _unread;
    private long _received;
    private long _receivedBytes;

    /// <summary>Creates a channel that keeps what is sent until it is connected.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="limits">The channel's limits.</param>
    /// <param name="observer">Who is told of messages and events.</param>
    /// <param name="life">Who is told what the worker says of itself.</param>
    public WorkerConnection(WorkerInstance worker, ChannelLimits limits, IWorkerObserver observer, IWorkerLife life)
    {
        _worker = worker;
        _limits = limits;
        _observer = observer;
        _life = life;
        _channel = new Channel(limits, life.OnChannelClosed);
        RegisterFrames();
        _channel.InboxFull += OnInboxFull;
        _channel.Writer.Full += () => life.OnQueueFull("The worker does not read; its senders wait.");
    }

    /// <inheritdoc/>
    public int Id => _worker.Id;

    /// <inheritdoc/>
    public int Slot => _worker.SlotNumber;

    /// <inheritdoc/>
    public int ProcessId => _worker.Status.ProcessId;

    /// <inheritdoc/>
    public ReplyTable Replies { get; } = new();

    /// <summary>The worker.</summary>
    public WorkerInstance Worker => _worker;

    /// <summary>The kinds of frame that the worker may send. Other parts add theirs before they ask it for any.</summary>
    public FrameTable Frames => _channel.Frames;

    /// <summary>Whether the worker is connected or will be.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Whether it takes messages: not from the moment on when it is told to leave.</summary>
    public bool IsAccepting => IsOpen && _channel.Writer.IsAccepting;

    /// <summary>Messages that it has not read, and requests of the master that it has not answered.</summary>
    public int Load => _channel.Writer.Unread + Replies.Count;

    /// <summary>Messages that the worker has not read yet.</summary>
    public int Pending => _channel.Writer.Unread;

    /// <summary>Messages sent to the worker.</summary>
    public long Sent => _channel.Writer.Sent;

    /// <summary>Messages and requests that it has read; the answers that it got do not count.</summary>
    public long Read => _channel.Writer.Read;

    /// <summary>The bytes of their bodies.</summary>
    public long SentBytes => _channel.Writer.SentBytes;

    /// <summary>Messages, output objects and records that arrived from the worker.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>The bytes of their bodies.</summary>
    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    /// <summary>What its reader is at: <see cref="ChannelReader.ActivityStamp"/>.</summary>
    public long ActivityStamp => _channel.ActivityStamp;

    /// <summary>Starts with a stream by which the worker has said hello.</summary>
    /// <param name="link">The stream; the channel disposes it.</param>
    /// <param name="launch">What the worker is to run.</param>
    public void Connect(WorkerLink link, byte[] launch)
    {
        var greeting = new OutgoingBuffer();
        greeting.AppendControl(ControlKind.Welcome, new Welcome(link.Version, Id, Slot, Environment.ProcessId, _limits).Write());
        greeting.AppendControl(ControlKind.Launch, launch);
        var name = string.Create(CultureInfo.InvariantCulture, $"Cluster worker {Id}");
        _channel.Connect(link.Stream, name, link.Readiness, link.Reader, greeting);
    }

    /// <inheritdoc/>
    public SendResult Send(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation) =>
        IsOpen ? _channel.Writer.WriteData(kind, header, body, timeout, cancellation) : SendResult.Closed;

    /// <summary>Asks the worker to stop. What was sent before arrives before; nothing is sent after.</summary>
    /// <param name="mode">How.</param>
    public void SendStop(StopMode mode)
    {
        _channel.StopAccepting();
        _channel.Writer.WriteControl(ControlKind.Stop, [(byte)mode]);
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
            _channel.Writer.WriteControl(ControlKind.Ping, []);
        }
    }

    /// <inheritdoc/>
    public void ReturnCredit(in Frame frame)
    {
        if (Interlocked.Decrement(ref _unread) <= _unreadWhenFull / 2)
        {
            _unreadWhenFull = 0;
        }

        Acknowledgement.ReturnCredit(_channel, frame);
    }

    /// <inheritdoc/>
    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation) =>
        _channel.ReadUntil(isDone, deadline, cancellation);

    /// <inheritdoc/>
    public void Interrupt() => _channel.Interrupt();

    /// <inheritdoc/>
    public void Flush() => _channel.Writer.Flush();

    /// <summary>The master's user waits for messages: the worker gets the credit that has gathered.</summary>
    public void FlushCredit() => _channel.FlushCredit();

    /// <summary>One of the worker's messages has been passed on to a sibling; only a reader acknowledges it.</summary>
    /// <param name="frame">The message.</param>
    public void NoteRelayed(in Frame frame)
    {
        if (Frame.NeedsCredit(frame.Kind))
        {
            _channel.ReturnCredit(frame);
        }
    }

    /// <summary>Tells the worker that a message which it waits for an answer to has no receiver.</summary>
    /// <param name="correlation">The message.</param>
    public void SendUndeliverable(long correlation) =>
        _channel.Writer.WriteControl(ControlKind.Undeliverable, new Acknowledgement(correlation, 0).Write());

    /// <summary>Tells the worker that a message which it sent to a sibling has been read.</summary>
    /// <param name="correlation">The message.</param>
    public void Acknowledge(long correlation) =>
        _channel.Writer.WriteControl(ControlKind.Acknowledge, new Acknowledgement(correlation, 0).Write());

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

                _relay ??= new SiblingRelay(this, onUndeliverable);
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
    public void Close() => IsOpen = false;

    /// <summary>Ends the channel. Everything that the worker sent has been taken when this returns.</summary>
    public void Dispose()
    {
        Close();
        _channel.Dispose();
    }

    /// <summary>
    /// After the worker's end has been judged, so that whoever waits for an answer learns why none comes: reports what it
    /// was sent and has not read.
    /// </summary>
    public void ReportLost()
    {
        Replies.Close();
        SiblingRelay? relay;
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

        var lost = _channel.Writer.TakeLost().Where(frame => frame.Kind is FrameKind.Message or FrameKind.Request).ToArray();
        if (lost.Length > 0)
        {
            _observer.OnMessagesLost(this, lost);
        }
    }

    /// <summary>Something has arrived from the worker.</summary>
    /// <param name="bytes">The bytes of its body.</param>
    internal void CountReceived(int bytes)
    {
        Interlocked.Increment(ref _received);
        Interlocked.Add(ref _receivedBytes, bytes);
    }

    private void RegisterFrames()
    {
        foreach (var kind in Enum.GetValues<FrameKind>().Where(Frame.IsData))
        {
            Frames.Add(kind, FrameTable.AnySize, OnData);
        }

        Frames.Add(ControlKind.Acknowledge, Acknowledgement.Size, frame => OnAcknowledge(Acknowledgement.Read(frame.Body), frame));
        Frames.Add(ControlKind.Pong, 0, _ => Volatile.Write(ref _pinged, 0));
        Frames.Add(ControlKind.Online, 0, _ => _life.OnOnline());
        Frames.Add(ControlKind.Ready, 0, _ => _life.OnReady());
        Frames.Add(ControlKind.Leave, 0, _ => OnLeave());
        Frames.Add(ControlKind.Goodbye, FrameTable.AnySize, frame => _life.OnGoodbye(Goodbye.Read(frame.Body)));
    }

    private void OnLeave()
    {
        _channel.StopAccepting();
        _life.OnLeave();
    }

    private void OnData(Frame frame)
    {
        CountReceived(frame.Body.Length);
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
            _life.OnQueueFull("The master does not read; the worker waits.");
        }
    }
}
