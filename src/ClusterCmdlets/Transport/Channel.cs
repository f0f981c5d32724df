namespace Cluster.Transport;

/// <summary>
/// One end of the connection between a master and a worker: a writer, and a thread of its own that reads.
/// It knows frames and credit, and nothing of what they say. Thread-safe.
/// </summary>
internal sealed class Channel : IDisposable
{
    private readonly Action<Frame> _onFrame;
    private readonly Action<Exception?> _onClosed;
    private readonly object _creditGate = new();
    private Stream? _stream;
    private Thread? _reader;
    private int _consumedMessages;
    private long _consumedBytes;

    /// <summary>Creates a channel that is not connected yet: what is sent waits for <see cref="Connect"/>.</summary>
    /// <param name="limits">Frame size and credit.</param>
    /// <param name="onFrame">Called on the reader's thread for every frame but credit. What it throws as a
    /// <see cref="ProtocolException"/> closes the channel.</param>
    /// <param name="onClosed">Called once on the reader's thread at the end: null for a normal end between
    /// frames, otherwise what went wrong.</param>
    public Channel(ChannelLimits limits, Action<Frame> onFrame, Action<Exception?> onClosed)
    {
        _onFrame = onFrame;
        _onClosed = onClosed;
        Writer = new FrameWriter(limits);
        // A broken write shows to the reader as the end of the stream; closing makes sure of it.
        Writer.Failed += _ => _stream?.Dispose();
    }

    /// <summary>The channel's limits; a worker learns its master's after it has connected.</summary>
    public ChannelLimits Limits
    {
        get => Writer.Limits;
        set => Writer.Limits = value;
    }

    /// <summary>The sending side.</summary>
    public FrameWriter Writer { get; }

    /// <summary>Starts both threads. Called once.</summary>
    /// <param name="stream">The connected pipe; the channel disposes it.</param>
    /// <param name="name">The threads' name.</param>
    /// <param name="reader">A reader that has already taken frames off the same stream, or null.</param>
    /// <param name="preamble">Writes the frames that go first.</param>
    public void Connect(Stream stream, string name, FrameReader? reader = null, Action<FrameWriter>? preamble = null)
    {
        _stream = stream;
        reader ??= new FrameReader(stream, Limits.MaxFrameBytes);
        reader.MaxFrameBytes = Limits.MaxFrameBytes;
        Writer.Attach(stream, name + " writer", preamble);
        _reader = new Thread(() => ReadLoop(reader), 256 * 1024) { IsBackground = true, Name = name + " reader" };
        _reader.Start();
    }

    /// <summary>
    /// The user has taken a message off the inbox: gives the sender its credit back, in steps of a quarter
    /// of the queue so that a credit frame is rare and the sender never runs dry.
    /// </summary>
    /// <param name="bytes">The size of the message's body.</param>
    public void Consumed(int bytes)
    {
        Span<byte> payload = stackalloc byte[CreditPayload.Size];
        lock (_creditGate)
        {
            _consumedMessages++;
            _consumedBytes += bytes;
            if (_consumedMessages < (Limits.QueueMessages + 3) / 4 && _consumedBytes < Limits.QueueBytes / 4)
            {
                return;
            }

            CreditPayload.Write(payload, _consumedMessages, _consumedBytes);
            _consumedMessages = 0;
            _consumedBytes = 0;
        }

        Writer.WriteControl(FrameKind.Credit, payload);
    }

    /// <summary>Closes the pipe and ends both threads.</summary>
    public void Dispose()
    {
        _stream?.Dispose();
        Writer.Dispose();
        if (_reader is not null && _reader != Thread.CurrentThread)
        {
            _reader.Join();
        }
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

    private void ReadLoop(FrameReader reader)
    {
        Exception? failure = null;
        try
        {
            while (reader.TryRead(out var frame))
            {
                if (frame.Kind == FrameKind.Credit)
                {
                    var (messages, bytes) = CreditPayload.Read(frame.Body);
                    Writer.AddCredit(messages, bytes);
                }
                else
                {
                    Deliver(frame);
                    reader.MaxFrameBytes = Limits.MaxFrameBytes;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            failure = exception;
        }

        // The other side must see the end as well.
        _stream!.Dispose();
        _onClosed(failure);
    }
}
