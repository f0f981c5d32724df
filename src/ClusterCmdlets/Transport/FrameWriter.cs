using System.Diagnostics;

namespace Cluster.Transport;

/// <summary>
/// Puts frames on a stream in the order of the calls. Callers write to the pipe themselves while it has room: a lone
/// frame at once, the frames of a flood when enough of them have gathered. What a flood leaves behind, and what finds no
/// room, is written by a thread of its own within a millisecond. Messages need credit, which the receiver gives back as
/// it reads them; control frames never wait. Thread-safe.
/// </summary>
/// <remarks>
/// Frames may be written before there is a stream; they leave after the preamble of <see cref="Attach"/>.
/// </remarks>
internal sealed class FrameWriter : IDisposable
{
    /// <summary>
    /// Frames that take no credit wait from here on, so that they cannot fill the memory of a process whose master hangs.
    /// </summary>
    private const int HighWater = 4 * 1024 * 1024;

    /// <summary>The longest frame that its caller writes; a pipe that says it has room has at least this much.</summary>
    private const int DirectBytes = 16 * 1024;

    /// <summary>Frames closer together than this are a flood, and cheaper in one write.</summary>
    private static readonly long FloodTicks = Stopwatch.Frequency / 50_000;

    /// <summary>How long the last frames of a flood may wait for company.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(1);

    private readonly object _gate = new();
    private readonly SendWindow _window;
    private OutgoingBuffer _pending = new();
    private OutgoingBuffer _spare = new();
    private Func<bool> _hasRoom = () => false;
    private bool _isWriting;
    private bool _isClosed;
    private bool _isSealed;
    private bool _isUrgent;
    private bool _isThreadIdle;
    private int _flushers;
    private long _lastSend;
    private long _sequence;
    private long _sentBytes;
    private Stream? _stream;
    private Thread? _thread;

    /// <summary>Creates a writer that keeps what is written until <see cref="Attach"/>.</summary>
    /// <param name="limits">Credit and frame size.</param>
    public FrameWriter(ChannelLimits limits)
    {
        _window = new SendWindow(limits);
    }

    /// <summary>Raised once, when the stream can no longer be written.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Gives the credit that is due to the other side, which travels with the next frame; null for none.</summary>
    public Func<byte[]?>? TakeCredit { get; set; }

    /// <summary>Raised when a sender has to wait for credit, once until half of the queue is free again.</summary>
    public event Action? Full;

    /// <summary>Credit and frame size.</summary>
    public ChannelLimits Limits
    {
        get => _window.Limits;
        set => _window.Limits = value;
    }

    /// <summary>Data frames written so far.</summary>
    public long Sent => Interlocked.Read(ref _sequence);

    /// <summary>Bytes of their bodies.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    /// <summary>Whether messages are taken: neither closed nor sealed.</summary>
    public bool IsAccepting
    {
        get
        {
            lock (_gate)
            {
                return !_isClosed && !_isSealed;
            }
        }
    }

    /// <summary>Messages that the receiver has not read yet.</summary>
    public int Unread
    {
        get
        {
            lock (_gate)
            {
                return _window.Unread;
            }
        }
    }

    /// <summary>Starts writing to a stream, which stays the caller's to dispose.</summary>
    /// <param name="stream">The connected stream.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="hasRoom">Whether a write of 16 KiB would not block at this moment.</param>
    /// <param name="preamble">The control frames that go before everything written so far.</param>
    public void Attach(Stream stream, string name, Func<bool> hasRoom, OutgoingBuffer? preamble = null)
    {
        lock (_gate)
        {
            if (preamble is not null)
            {
                preamble.Append(_pending);
                _pending = preamble;
            }

            _stream = stream;
            _hasRoom = hasRoom;
            _thread = new Thread(WriteLoop, 256 * 1024) { IsBackground = true, Name = name };
            _thread.Start();
        }
    }

    /// <summary>Appends a control frame. It never waits and is dropped silently after the end.</summary>
    /// <param name="kind">A control kind.</param>
    /// <param name="payload">The payload.</param>
    public void WriteControl(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _pending.AppendControl(kind, payload);
                _isUrgent = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>
    /// Ends the sending of messages: those that wait for credit and all later ones are refused. Answers and control frames
    /// still go, and what was sent before arrives before them.
    /// </summary>
    public void Seal()
    {
        lock (_gate)
        {
            _isSealed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Sends a data frame, waiting for credit if it needs any.</summary>
    /// <param name="kind">A data kind. Records need no credit, only room in the buffer.</param>
    /// <param name="header">The header; its sequence is set here.</param>
    /// <param name="body">The body; copied.</param>
    /// <param name="timeout">How long to wait for credit; infinite by <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public SendResult WriteData(
        FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation)
    {
        // The copy is what is sent, and what is lost if the receiver dies.
        var copy = body.ToArray();
        OutgoingBuffer direct;
        lock (_gate)
        {
            if (!MayWrite(kind, copy.Length) && !WaitForRoom(kind, copy.Length, timeout, cancellation))
            {
                return SendResult.TimedOut;
            }

            if (IsRefused(kind))
            {
                return SendResult.Closed;
            }

            Append(kind, header, copy);
            var now = Stopwatch.GetTimestamp();
            var isFlood = now - _lastSend < FloodTicks;
            _lastSend = now;
            if ((isFlood && _pending.Count < DirectBytes) || !MayWriteDirectly())
            {
                WakeThread(isUrgent: !isFlood || _pending.Count >= DirectBytes);
                return SendResult.Sent;
            }

            _isWriting = true;
            direct = TakePending();
        }

        WriteOut(direct);
        return SendResult.Sent;
    }

    /// <summary>The sender has no more for now: what has gathered is written without waiting for company.</summary>
    public void Push()
    {
        OutgoingBuffer direct;
        lock (_gate)
        {
            if (_pending.Count == 0 || _isClosed)
            {
                return;
            }

            if (!MayWriteDirectly())
            {
                WakeThread(isUrgent: true);
                return;
            }

            _isWriting = true;
            direct = TakePending();
        }

        WriteOut(direct);
    }

    /// <summary>The receiver has read messages.</summary>
    /// <param name="payload">The payload of a credit frame.</param>
    /// <exception cref="ProtocolException">It is malformed, or names messages that were not sent.</exception>
    public void AddCredit(ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            _window.AddCredit(payload);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The messages that the receiver has not read, in the order of sending.</summary>
    /// <returns>A copy.</returns>
    public IReadOnlyList<Frame> GetUnread()
    {
        lock (_gate)
        {
            return _window.ToList();
        }
    }

    /// <summary>Waits until everything written so far has been given to the operating system.</summary>
    /// <param name="timeout">The longest wait.</param>
    /// <returns>False if it was not all written in time or the stream is broken.</returns>
    public bool Flush(TimeSpan timeout)
    {
        var deadline = Deadline.After(timeout);
        lock (_gate)
        {
            _flushers++;
            while (!_isClosed && (_pending.Count > 0 || _isWriting))
            {
                WakeThread(isUrgent: true);
                if (deadline.HasPassed)
                {
                    _flushers--;
                    return false;
                }

                Monitor.Wait(_gate, deadline.Remaining);
            }

            _flushers--;
            return !_isClosed;
        }
    }

    /// <summary>Ends the thread. What has not been written is dropped; senders that wait are told.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }

        _stream?.Dispose();
        if (_thread != Thread.CurrentThread)
        {
            _thread?.Join();
        }
    }

    private bool IsRefused(FrameKind kind) => _isClosed || (_isSealed && Frame.NeedsCredit(kind));

    private bool MayWrite(FrameKind kind, int size) =>
        IsRefused(kind) || (Frame.NeedsCredit(kind) ? _window.HasRoom(size) : _pending.Count < HighWater);

    /// <summary>A write of the last frame's length over the bound is still within what a pipe with room takes.</summary>
    private bool MayWriteDirectly() =>
        !_isWriting && _stream is not null && _pending.Count <= DirectBytes + OutgoingBuffer.LargeBody && _hasRoom();

    private void WakeThread(bool isUrgent)
    {
        _isUrgent |= isUrgent;
        if (_isThreadIdle || isUrgent)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private bool WaitForRoom(FrameKind kind, int size, TimeSpan timeout, CancellationToken cancellation)
    {
        if (Frame.NeedsCredit(kind) && _window.BeginFull())
        {
            Full?.Invoke();
        }

        var deadline = Deadline.After(timeout);
        using var wake = cancellation.Register(() =>
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        });
        while (!MayWrite(kind, size))
        {
            cancellation.ThrowIfCancellationRequested();
            if (deadline.HasPassed)
            {
                return false;
            }

            AskForCredit(kind);
            Monitor.Wait(_gate, deadline.Remaining);
        }

        return true;
    }

    /// <summary>The receiver gathers what was read; a sender that waits has it sent at once. Asked once for every answer.</summary>
    private void AskForCredit(FrameKind kind)
    {
        if (Frame.NeedsCredit(kind) && _window.BeginAsk())
        {
            _pending.AppendControl(FrameKind.CreditWanted, []);
            _isUrgent = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Append(FrameKind kind, in DataHeader header, byte[] body)
    {
        var numbered = header with { Sequence = ++_sequence };
        _sentBytes += body.Length;
        if (TakeCredit?.Invoke() is { } credit)
        {
            _pending.AppendControl(FrameKind.Credit, credit);
        }

        _pending.AppendData(kind, numbered, body);
        if (Frame.NeedsCredit(kind))
        {
            _window.Add(new Frame(kind, numbered, body));
        }
    }

    private OutgoingBuffer TakePending()
    {
        var taken = _pending;
        _pending = _spare;
        _spare = taken;
        return taken;
    }

    private void WriteLoop()
    {
        while (true)
        {
            OutgoingBuffer taken;
            lock (_gate)
            {
                WaitForWork();
                if (_isClosed)
                {
                    return;
                }

                _isWriting = true;
                taken = TakePending();
            }

            WriteOut(taken);
        }
    }

    /// <summary>
    /// Waits for frames, and when there are only a few of a flood for more of them, which their sender will then write.
    /// </summary>
    private void WaitForWork()
    {
        while (!_isClosed)
        {
            if (_pending.Count == 0 || _isWriting)
            {
                _isUrgent &= _pending.Count > 0;
                _isThreadIdle = true;
                Monitor.Wait(_gate);
                _isThreadIdle = false;
            }
            else if (_isUrgent || !Monitor.Wait(_gate, Linger))
            {
                // A time-out is the end of the flood only if nothing was sent meanwhile; its frames are old enough all the same.
                if (_pending.Count > 0 && !_isWriting)
                {
                    _isUrgent = false;
                    return;
                }
            }
        }
    }

    private void WriteOut(OutgoingBuffer taken)
    {
        Exception? failure = null;
        try
        {
            taken.WriteTo(_stream!);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            failure = exception;
        }

        lock (_gate)
        {
            _isWriting = false;
            _isClosed |= failure is not null;
            if (_isClosed || _pending.Count > 0 || _flushers > 0)
            {
                Monitor.PulseAll(_gate);
            }
        }

        if (failure is not null)
        {
            Failed?.Invoke(failure);
        }
    }
}
