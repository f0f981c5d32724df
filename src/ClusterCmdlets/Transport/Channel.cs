namespace Cluster.Transport;

/// <summary>
/// One end of the connection between a master and a worker: a writer, and a reader with a thread of its own.
/// It knows frames and credit; what a frame says is known to the part that registers its kind. Thread-safe.
/// </summary>
internal sealed class Channel : IDisposable
{
    private readonly Action<Exception?> _onClosed;
    private readonly CreditLedger _ledger = new();
    private Stream? _stream;
    private IPipeReadiness? _readiness;
    private FrameReader? _frameReader;
    private ChannelReader? _reader;

    /// <summary>Creates a channel that is not connected yet: frames that are sent wait for <see cref="Connect"/>.</summary>
    /// <param name="limits">Frame size and credit.</param>
    /// <param name="onClosed">Called once on the reader thread at the end: null for a normal end between
    /// frames, otherwise what went wrong.</param>
    public Channel(ChannelLimits limits, Action<Exception?> onClosed)
    {
        _onClosed = onClosed;
        Writer = new FrameWriter(limits);
        Frames.Add(FrameKind.Credit, CreditLedger.MaxPayloadBytes, frame => Writer.AddCredit(frame.Body));
        Frames.Add(FrameKind.CreditRequest, 0, _ => GiveCredit());

        Writer.TakeCredit = _ledger.TakePending;
        Writer.AwaitCredit = (hasRoom, deadline, cancellation) =>
        {
            ReadUntil(hasRoom, deadline, cancellation);
            if (!hasRoom())
            {
                Resume();
            }
        };

        // If the other end has closed the pipe, the reader sees the end itself, after the frames that are left in it.
        Writer.Failed += failure =>
        {
            if (failure is not IOException)
            {
                _stream?.Dispose();
            }
        };
    }

    /// <summary>The channel's limits. A worker learns its master's from a frame, and sets them while that is delivered.</summary>
    public ChannelLimits Limits
    {
        get => Writer.Limits;
        set
        {
            Writer.Limits = value;
            if (_frameReader is { } reader)
            {
                reader.MaxFrameBytes = value.MaxFrameBytes;
            }
        }
    }

    /// <summary>The kinds of frame that are taken. A part adds its own before the other side can send any of them.</summary>
    public FrameTable Frames { get; } = new();

    /// <summary>Raised when the other side waits because nothing of what it sent was read. On the thread that reads.</summary>
    public event Action? InboxFull;

    /// <summary>The sending side.</summary>
    public FrameWriter Writer { get; }

    /// <summary>Tells whether the reading side gets on: <see cref="ChannelReader.ActivityStamp"/>. 0 before there is a connection.</summary>
    public long ActivityStamp => _reader?.ActivityStamp ?? 0;

    /// <summary>Starts both threads. Called once.</summary>
    /// <param name="stream">The connected pipe; the channel disposes it.</param>
    /// <param name="name">The threads' name.</param>
    /// <param name="readiness">Asks the system about the pipe without touching its data; the channel disposes it.</param>
    /// <param name="reader">A reader that has already taken frames off the same stream, or null.</param>
    /// <param name="preamble">The control frames that go first.</param>
    public void Connect(Stream stream, string name, IPipeReadiness readiness, FrameReader? reader = null, OutgoingBuffer? preamble = null)
    {
        _stream = stream;
        _frameReader = reader ?? new FrameReader(stream, Frames, Limits.MaxFrameBytes);
        _frameReader.Accept(Frames, Limits.MaxFrameBytes);
        _readiness = readiness;
        Writer.Attach(stream, name + " writer", readiness.HasRoom, preamble);
        _reader = new ChannelReader(_frameReader, readiness, name + " reader", Frames.Deliver, OnEnd);
        _reader.Start();
    }

    /// <summary>The user has taken a message off the inbox: its sender gets credit, at once or with what is read after it.</summary>
    /// <param name="frame">The message.</param>
    public void ReturnCredit(in Frame frame)
    {
        if (_ledger.Add(frame.Header.Sequence, frame.Body.Length, Limits) is { } credit)
        {
            Writer.WriteControl(FrameKind.Credit, credit);
        }
    }

    /// <summary>
    /// Returns the credit that is due, when the user waits or ends: the sender may be waiting for it, and must not
    /// count messages that were read as lost.
    /// </summary>
    public void FlushCredit()
    {
        if (_ledger.TakePending() is { } credit)
        {
            Writer.WriteControl(FrameKind.Credit, credit);
        }
    }

    /// <summary>
    /// The calling thread reads the pipe itself until its condition is met. It may return early, and the caller then waits
    /// in another way.
    /// </summary>
    /// <param name="isDone">The condition.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation) =>
        _reader?.ReadUntil(isDone, deadline, cancellation);

    /// <summary>Makes a thread that reads inline check its condition.</summary>
    public void Interrupt() => _reader?.Interrupt();

    /// <summary>Refuses messages from now on, those that wait for credit included: <see cref="FrameWriter.StopAccepting"/>.</summary>
    public void StopAccepting()
    {
        Writer.StopAccepting();
        Interrupt();
    }

    /// <summary>A thread is about to wait for frames of this channel without reading them.</summary>
    public void Resume() => _reader?.Resume();

    /// <summary>Closes the pipe and ends both threads.</summary>
    public void Dispose()
    {
        if (_readiness is { CanWait: true })
        {
            // A closed pipe must not be polled.
            _reader?.Dispose();
        }

        _stream?.Dispose();
        Writer.Dispose();
        _reader?.Dispose();
        _readiness?.Dispose();

        // Its buffer goes with it, and a frame of which only a part has arrived.
        _reader = null;
    }

    private void GiveCredit()
    {
        if (_ledger.Want() is { } credit)
        {
            Writer.WriteControl(FrameKind.Credit, credit);
        }
        else
        {
            InboxFull?.Invoke();
        }
    }

    private void OnEnd(Exception? failure)
    {
        // The other side must see the end as well.
        _stream!.Dispose();
        _onClosed(failure);
    }
}
