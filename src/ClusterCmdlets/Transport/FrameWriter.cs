namespace Cluster.Transport;

/// <summary>
/// Sends frames in the order of the calls. Messages need credit, which the receiver gives back as it reads them;
/// control frames never wait. Thread-safe.
/// </summary>
/// <remarks>
/// Frames may be written before there is a stream; they leave after the preamble of <see cref="Attach"/>.
/// </remarks>
internal sealed class FrameWriter : IDisposable
{
    /// <summary>
    /// When this many bytes are pending, frames that take no credit wait too, so that they cannot fill the memory of a process whose
    /// master hangs.
    /// </summary>
    private const int HighWater = 4 * 1024 * 1024;

    private readonly object _gate = new();
    private readonly SendWindow _window;
    private readonly PipeWriter _pipe;
    private bool _isStopped;
    private long _sequence;
    private long _sentBytes;

    /// <summary>Creates a writer that keeps the frames until <see cref="Attach"/>.</summary>
    /// <param name="limits">Credit and frame size.</param>
    public FrameWriter(ChannelLimits limits)
    {
        _window = new SendWindow(limits);
        _pipe = new PipeWriter(_gate);
    }

    /// <summary>Raised once, when the stream can no longer be written.</summary>
    public event Action<Exception>? Failed
    {
        add => _pipe.Failed += value;
        remove => _pipe.Failed -= value;
    }

    /// <summary>
    /// Called by a sender that has to wait for credit: may read the pipe until the condition of the first argument is met. If
    /// it returns earlier, it makes sure that another thread reads.
    /// </summary>
    public Action<Func<bool>, Deadline, CancellationToken>? AwaitCredit { get; set; }

    /// <summary>Takes the credit that is due to the other side, to be sent with the next frame; null for none.</summary>
    public Func<byte[]?>? TakeCredit { get; set; }

    /// <summary>Raised when a sender has to wait for credit, once until half of the queue is free again. Not under the lock.</summary>
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

    /// <summary>Whether messages are accepted: neither closed nor told to stop accepting.</summary>
    public bool IsAccepting
    {
        get
        {
            lock (_gate)
            {
                return !_pipe.IsClosed && !_isStopped;
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

    /// <summary>Messages and requests that the receiver has read.</summary>
    public long Read
    {
        get
        {
            lock (_gate)
            {
                return _window.Read;
            }
        }
    }

    /// <summary>Starts writing to a stream, which is closed when this is disposed.</summary>
    /// <param name="stream">The connected stream.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="hasRoom">Whether a write of 16 KiB would not block at this moment.</param>
    /// <param name="preamble">The control frames that go before everything written so far.</param>
    public void Attach(Stream stream, string name, Func<bool> hasRoom, OutgoingBuffer? preamble = null)
    {
        lock (_gate)
        {
            _pipe.Attach(stream, name, hasRoom, preamble);
        }
    }

    /// <summary>Appends a control frame. It never waits and is dropped silently after the end.</summary>
    /// <param name="kind">A control kind.</param>
    /// <param name="payload">The payload.</param>
    public void WriteControl(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (!_pipe.IsClosed)
            {
                _pipe.Pending.AppendControl(kind, payload);
                _pipe.WriteSoon();
            }
        }
    }

    /// <summary>
    /// Refuses messages from now on, those that wait for credit included. Replies and control frames are still sent, after
    /// everything that was sent before.
    /// </summary>
    public void StopAccepting()
    {
        lock (_gate)
        {
            _isStopped = true;
            _pipe.WakeWaiting();
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
        // The copy is sent, and reported as lost if the receiver dies.
        var isLarge = body.Length >= LargeBody.MinBytes;
        var message = new SentMessage(kind, header, isLarge ? null : body.ToArray(), isLarge ? LargeBody.Copy(body) : null);
        var deadline = Deadline.After(timeout);
        OutgoingBuffer? taken = null;
        while (true)
        {
            bool isFull;
            lock (_gate)
            {
                if (MayWrite(kind, body.Length))
                {
                    if (IsRefused(kind))
                    {
                        return SendResult.Closed;
                    }

                    Append(message);
                    taken = _pipe.TakeAfterData();
                    break;
                }

                isFull = Frame.NeedsCredit(kind) && _window.BeginFull();
            }

            if (isFull)
            {
                Full?.Invoke();
            }

            if (!WaitForRoom(kind, body.Length, deadline, cancellation))
            {
                return SendResult.TimedOut;
            }
        }

        if (taken is not null)
        {
            _pipe.Write(taken);
        }

        return SendResult.Sent;
    }

    /// <summary>The sender has no more for now: pending frames are written without the batching delay.</summary>
    public void Flush()
    {
        OutgoingBuffer? taken;
        lock (_gate)
        {
            taken = _pipe.TakeAll();
        }

        if (taken is not null)
        {
            _pipe.Write(taken);
        }
    }

    /// <summary>The receiver has read messages.</summary>
    /// <param name="payload">The payload of a credit frame.</param>
    /// <exception cref="ProtocolException">It is malformed, or names messages that were not sent.</exception>
    public void AddCredit(ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            _window.AddCredit(payload);
            _pipe.WakeWaiting();
        }
    }

    /// <summary>The receiver has ended: gives up the messages that it did not read. They still count as not read.</summary>
    /// <returns>The messages, in the order of sending.</returns>
    public IReadOnlyList<Frame> TakeLost()
    {
        lock (_gate)
        {
            return _window.TakeLost();
        }
    }

    /// <summary>Waits until everything written so far has been given to the operating system.</summary>
    /// <param name="timeout">The longest wait.</param>
    /// <returns>False if it was not all written in time or the stream is broken.</returns>
    public bool WaitUntilWritten(TimeSpan timeout)
    {
        lock (_gate)
        {
            return _pipe.WaitUntilWritten(Deadline.After(timeout));
        }
    }

    /// <summary>Ends the writing. Pending frames are dropped; senders that wait are refused.</summary>
    public void Dispose() => _pipe.Dispose();

    private bool IsRefused(FrameKind kind) => _pipe.IsClosed || (_isStopped && Frame.NeedsCredit(kind));

    private bool MayWrite(FrameKind kind, int size) =>
        IsRefused(kind) || (Frame.NeedsCredit(kind) ? _window.HasRoom(size) : _pipe.Pending.Count < HighWater);

    private bool WaitForRoom(FrameKind kind, int size, Deadline deadline, CancellationToken cancellation)
    {
        if (Frame.NeedsCredit(kind))
        {
            AwaitCredit?.Invoke(() => MayWriteOrAsk(kind, size), deadline, cancellation);
        }

        using var wake = cancellation.Register(() =>
        {
            lock (_gate)
            {
                _pipe.WakeWaiting();
            }
        });
        lock (_gate)
        {
            while (!MayWriteOrAsk(kind, size))
            {
                cancellation.ThrowIfCancellationRequested();
                if (deadline.HasPassed)
                {
                    return false;
                }

                _pipe.Wait(deadline);
            }
        }

        return true;
    }

    /// <summary>The receiver returns credit in batches; a sender that waits asks for it at once, and once until it comes.</summary>
    private bool MayWriteOrAsk(FrameKind kind, int size)
    {
        lock (_gate)
        {
            if (MayWrite(kind, size))
            {
                return true;
            }

            if (Frame.NeedsCredit(kind) && _window.BeginAsk())
            {
                _pipe.Pending.AppendControl(FrameKind.CreditRequest, []);
                _pipe.WriteSoon();
            }

            return false;
        }
    }

    private void Append(in SentMessage message)
    {
        var numbered = message with { Header = message.Header with { Sequence = ++_sequence } };
        _sentBytes += message.Body.Count;
        if (TakeCredit?.Invoke() is { } credit)
        {
            _pipe.Pending.AppendControl(FrameKind.Credit, credit);
        }

        _pipe.Pending.AppendData(numbered);
        if (Frame.NeedsCredit(message.Kind))
        {
            _window.Add(numbered);
        }
        else
        {
            numbered.Large?.Release();
        }
    }
}
