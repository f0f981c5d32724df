using System.Globalization;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// The master's end of the channel to one worker: sends, takes what arrives, answers and passes on. It knows no process and
/// no state of a worker. Thread-safe.
/// </summary>
internal sealed partial class WorkerConnection : IPeer, IDisposable
{
    private readonly IConnectionOwner _owner;
    private readonly ChannelLimits _limits;
    private readonly Channel _channel;
    private readonly SiblingRelay<WorkerConnection> _siblings;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasEnded;
    private volatile int _unreadWhenFull;
    private Frame[] _lost = [];
    private int _pinged;
    private int _unread;
    private long _received;
    private long _receivedBytes;

    /// <summary>Creates a channel that keeps what is sent until it is connected.</summary>
    /// <param name="owner">The worker.</param>
    /// <param name="limits">The channel's limits.</param>
    public WorkerConnection(IConnectionOwner owner, ChannelLimits limits)
    {
        _owner = owner;
        _limits = limits;
        _channel = new Channel(limits, owner.OnClosed);
        _siblings = new SiblingRelay<WorkerConnection>(this, sender => sender._hasEnded, (sender, frame) => owner.OnUndeliverable(sender, frame));
        RegisterFrames();
        _channel.InboxFull += OnInboxFull;
        _channel.Writer.Full += () => owner.OnQueueFull("The worker does not read; its senders wait.");
    }

    /// <inheritdoc/>
    public event Action? RoomChanged
    {
        add => _channel.RoomChanged += value;
        remove => _channel.RoomChanged -= value;
    }

    /// <inheritdoc/>
    public int Id => _owner.Id;

    /// <inheritdoc/>
    public int Slot => _owner.Slot;

    /// <inheritdoc/>
    public int ProcessId => _owner.ProcessId;

    /// <inheritdoc/>
    public object? Subject => _owner;

    /// <inheritdoc/>
    public string Condition => _owner.Condition;

    /// <inheritdoc/>
    public PeerLoad Load
    {
        get
        {
            var window = _channel.Writer.Use;
            return new PeerLoad(IsOpen ? window : window with { IsAccepting = false }, Replies.Count, _owner.IsUnproven);
        }
    }

    /// <inheritdoc/>
    public long ChosenAt { get; set; }

    /// <inheritdoc/>
    public ReplyTable Replies { get; } = new();

    /// <inheritdoc/>
    /// <remarks>Set by the part that opens it, before the worker is connected.</remarks>
    public IHandleCarrier? Handles { get; set; }

    /// <summary>How much may be on its way and unread.</summary>
    public ChannelLimits Limits => _limits;

    /// <summary>Completes when the worker is connected; never, when it does not come.</summary>
    public Task Connected => _connected.Task;

    /// <summary>The kinds of frame that the worker may send. Other parts add theirs before they ask it for any.</summary>
    public FrameTable Frames => _channel.Frames;

    /// <summary>Whether the worker is connected or will be.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Whether the worker has announced that it is exiting: known before anything that it sends after.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Whether it takes messages: not from the moment on when it is told to leave.</summary>
    public bool IsAccepting => IsOpen && _channel.Writer.IsAccepting;

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
        _connected.TrySetResult();
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
        _channel.Writer.WriteControl(ControlKind.Stop, [(byte)mode]);
        _channel.Resume();
    }

    /// <summary>Sends a control frame of another part of the program. Never waits.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="payload">Its payload.</param>
    public void SendControl(FrameKind kind, ReadOnlySpan<byte> payload) => _channel.Writer.WriteControl(kind, payload);

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
    public void ReturnCredit(in Frame frame, bool isRead = true)
    {
        if (!isRead)
        {
            // Only a reader acknowledges it.
            _channel.ReturnCredit(frame);
            return;
        }

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
    public void Resume() => _channel.Resume();

    /// <inheritdoc/>
    public void Flush() => _channel.Writer.Flush();

    /// <summary>The master's user waits for messages: the worker gets the credit that has gathered.</summary>
    public void FlushCredit() => _channel.FlushCredit();

    /// <summary>Tells the worker that a message which it waits for an answer to has no receiver.</summary>
    /// <param name="correlation">The message.</param>
    public void SendUndeliverable(long correlation) =>
        _channel.Writer.WriteControl(ControlKind.Undeliverable, new Acknowledgement(correlation, 0).Write());

    /// <summary>Tells the worker that a message which it sent to a sibling has been read.</summary>
    /// <param name="correlation">The message.</param>
    public void Acknowledge(long correlation) =>
        _channel.Writer.WriteControl(ControlKind.Acknowledge, new Acknowledgement(correlation, 0).Write());

    /// <summary>Passes a sibling's message on to this worker. Never waits.</summary>
    /// <param name="sender">The sibling.</param>
    /// <param name="frame">The message.</param>
    public void Relay(WorkerConnection sender, in Frame frame) => _siblings.Add(sender, frame);

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
        _hasEnded = true;
    }

    /// <summary>
    /// After the worker's end has been judged, so that those who wait for an answer learn why none comes: nobody is answered
    /// any more, and what may go on to another worker goes back to its sender.
    /// </summary>
    public void EndReplies()
    {
        _lost =
        [
            .. _channel.Writer.TakeLost().Where(frame =>
                frame.Kind is FrameKind.Message or FrameKind.Request or FrameKind.Batch && !(frame.Header.Peer == 0 && Replies.TakeBack(frame)) && frame.Kind != FrameKind.Batch),
        ];
        Replies.Close();
    }

    /// <summary>Reports what it was sent, has not read, and nobody has taken back.</summary>
    public void ReportLost()
    {
        foreach (var (sender, correlation) in _siblings.Close())
        {
            sender.SendUndeliverable(correlation);
        }

        if (_lost.Length > 0)
        {
            _owner.OnMessagesLost(_lost);
            _lost = [];
        }
    }
}
