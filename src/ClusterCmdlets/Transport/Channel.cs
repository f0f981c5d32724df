namespace Cluster.Transport;

/// <summary>
/// One end of the connection between a master and a worker: a writer, and a thread of its own that reads.
/// It knows frames and credit, and nothing of what they say. Thread-safe.
/// </summary>
internal sealed class Channel : IDisposable
{
    private readonly Action<Frame> _onFrame;
    private readonly Action<Exception?> _onClosed;
    private readonly CreditLedger _ledger = new();
    private Stream? _stream;
    private IPipeReadiness? _readiness;
    private ChannelReader? _reader;

    /// <summary>Creates a channel that is not connected yet: what is sent waits for <see cref="Connect"/>.</summary>
    /// <param name="limits">Frame size and credit.</param>
    /// <param name="onFrame">Called by whoever reads, one at a time, for every frame but credit. Whatever it throws closes
    /// the channel.</param>
    /// <param name="onClosed">Called once on the reader's thread at the end: null for a normal end between
    /// frames, otherwise what went wrong.</param>
    public Channel(ChannelLimits limits, Action<Frame> onFrame, Action<Exception?> onClosed)
    {
        _onFrame = onFrame;
        _onClosed = onClosed;
        Writer = new FrameWriter(limits);

        Writer.TakeCredit = _ledger.TakePending;
        Writer.AwaitCredit = (hasRoom, deadline, cancellation) =>
        {
            ReadUntil(hasRoom, deadline, cancellation);
            if (!hasRoom())
            {
                Resume();
            }
        };

        // A pipe whose other end has gone shows its end to the reader, after what is left in it.
        Writer.Failed += failure =>
        {
            if (failure is not IOException)
            {
                _stream?.Dispose();
            }
        };
    }

    /// <summary>The channel's limits; a worker learns its master's after it has connected.</summary>
    public ChannelLimits Limits
    {
        get => Writer.Limits;
        set => Writer.Limits = value;
    }

    /// <summary>Raised when the other side waits because nothing of what it sent was read. On the reader's thread.</summary>
    public event Action? InboxFull;

    /// <summary>
    /// Raised when there may be room for another message, or there will never be: the other side has read, or takes no more. On
    /// the thread that has found it out; not under a lock.
    /// </summary>
    public event Action? RoomChanged;

    /// <summary>The sending side.</summary>
    public FrameWriter Writer { get; }

    /// <summary>What the reading side is at: <see cref="ChannelReader.ActivityStamp"/>. 0 before there is a connection.</summary>
    public long ActivityStamp => _reader?.ActivityStamp ?? 0;

    /// <summary>Starts both threads. Called once.</summary>
    /// <param name="stream">The connected pipe; the channel disposes it.</param>
    /// <param name="name">The threads' name.</param>
    /// <param name="readiness">Tells of the pipe without touching its data; the channel disposes it.</param>
    /// <param name="reader">A reader that has already taken frames off the same stream, or null.</param>
    /// <param name="preamble">The control frames that go first.</param>
    public void Connect(Stream stream, string name, IPipeReadiness readiness, FrameReader? reader = null, OutgoingBuffer? preamble = null)
    {
        _stream = stream;
        reader ??= new FrameReader(stream, Limits.MaxFrameBytes);
        reader.MaxFrameBytes = Limits.MaxFrameBytes;
        _readiness = readiness;
        Writer.Attach(stream, name + " writer", readiness.HasRoom, preamble);
        _reader = new ChannelReader(reader, readiness, name + " reader", frame => Take(frame, reader), OnEnd);
        _reader.Start();
    }

    /// <summary>A message has left the inbox: its sender gets credit, and an acknowledgement if it asked for one.</summary>
    /// <param name="frame">The message.</param>
    /// <param name="isRead">Whether a user has read it; else it was passed on, and whoever reads it acknowledges it.</param>
    public void ReturnCredit(in Frame frame, bool isRead)
    {
        if (_ledger.Add(frame.Header.Sequence, frame.Body.Length, Limits) is { } credit)
        {
            Writer.WriteControl(FrameKind.Credit, credit);
        }

        if (isRead && frame.Kind == FrameKind.Message && frame.Header.Correlation != 0)
        {
            // What has been acknowledged must not be taken for lost when the receiver dies.
            FlushCredit();
            Writer.WriteControl(FrameKind.Acknowledge, new Acknowledgement(frame.Header.Correlation, frame.Header.Peer).Write());
        }
    }

    /// <summary>
    /// Gives back the credit that has gathered, when the user waits or ends: the sender may be waiting for it, and must not
    /// take for lost what was read.
    /// </summary>
    public void FlushCredit()
    {
        if (_ledger.TakePending() is { } credit)
        {
            Writer.WriteControl(FrameKind.Credit, credit);
        }
    }

    /// <summary>
    /// The calling thread reads the pipe itself until what it waits for is there. It may return early, and has then to
    /// wait in its own way.
    /// </summary>
    /// <param name="isDone">Whether it is there.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation) =>
        _reader?.ReadUntil(isDone, deadline, cancellation);

    /// <summary>Lets a thread that reads look again at what it waits for.</summary>
    public void Interrupt() => _reader?.Interrupt();

    /// <summary>Ends the sending of messages, also of those that wait for credit: <see cref="FrameWriter.StopAccepting"/>.</summary>
    public void StopAccepting()
    {
        Writer.StopAccepting();
        Interrupt();
        RoomChanged?.Invoke();
    }

    /// <summary>Somebody waits for frames of this channel on another thread than the one that reads.</summary>
    public void Resume() => _reader?.Resume();

    /// <summary>Closes the pipe and ends both threads.</summary>
    public void Dispose()
    {
        if (_readiness is { CanWait: true })
        {
            // Nobody may ask the system about a pipe that is closed.
            _reader?.Dispose();
        }

        _stream?.Dispose();
        Writer.Dispose();
        _reader?.Dispose();
        _readiness?.Dispose();

        // Its buffer goes with it, and a frame of which only a part has arrived.
        _reader = null;
    }

    /// <summary>
    /// Whatever a frame makes its receiver throw is that frame's fault and closes this channel; on this
    /// thread it would otherwise end the user's process.
    /// </summary>
    private void Deliver(in Frame frame)
    {
        try
        {
            _onFrame(frame);
        }
        catch (Exception exception) when (exception is not (IOException or OutOfMemoryException))
        {
            throw new ProtocolException($"A frame of kind {frame.Kind} could not be taken: {exception.Message}", exception);
        }
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

    private void Take(in Frame frame, FrameReader reader)
    {
        if (frame.Kind == FrameKind.Credit)
        {
            Writer.AddCredit(frame.Body);
            RoomChanged?.Invoke();
        }
        else if (frame.Kind == FrameKind.CreditRequest)
        {
            GiveCredit();
        }
        else
        {
            Deliver(frame);
            reader.MaxFrameBytes = Limits.MaxFrameBytes;
        }
    }

    private void OnEnd(Exception? failure)
    {
        // The other side must see the end as well.
        _stream!.Dispose();
        _onClosed(failure);
    }
}
