using System.Buffers.Binary;

namespace Cluster.Transport;

/// <summary>
/// Puts frames on a stream in the order of the calls. Callers append to a buffer; one thread of its own
/// writes it out, so a caller never waits for the pipe and many small frames leave in one write. Messages
/// need credit, which the receiver gives back as it consumes them; control frames never wait. Thread-safe.
/// </summary>
/// <remarks>
/// Frames may be written before there is a stream; they leave after the preamble of <see cref="Attach"/>.
/// </remarks>
internal sealed class FrameWriter : IDisposable
{
    private const int FirstCapacity = 16 * 1024;
    private const int KeptCapacity = 1024 * 1024;
    private const int RecordHighWater = 4 * 1024 * 1024;

    private readonly object _gate = new();
    private byte[] _pending = new byte[FirstCapacity];
    private byte[] _spare = new byte[FirstCapacity];
    private int _pendingCount;
    private bool _writing;
    private bool _closed;
    private long _sequence;
    private int _unconsumedMessages;
    private long _unconsumedBytes;
    private Stream? _stream;
    private Thread? _thread;

    /// <summary>Creates a writer that keeps what is written until <see cref="Attach"/>.</summary>
    /// <param name="limits">Credit and frame size.</param>
    public FrameWriter(ChannelLimits limits)
    {
        Limits = limits;
    }

    /// <summary>Raised once, on the writer's thread, when the stream can no longer be written.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Credit and frame size.</summary>
    public ChannelLimits Limits { get; set; }

    /// <summary>Data frames written so far.</summary>
    public long Sent => Interlocked.Read(ref _sequence);

    /// <summary>Messages that the receiver has not consumed yet.</summary>
    public int Unconsumed => Volatile.Read(ref _unconsumedMessages);

    /// <summary>Starts writing to a stream, which stays the caller's to dispose.</summary>
    /// <param name="stream">The connected stream.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="preamble">Writes the control frames that go before everything written so far.</param>
    public void Attach(Stream stream, string name, Action<FrameWriter>? preamble = null)
    {
        lock (_gate)
        {
            var early = _pending.AsSpan(0, _pendingCount).ToArray();
            _pendingCount = 0;
            preamble?.Invoke(this);
            early.CopyTo(Reserve(early.Length));
            _stream = stream;
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
            if (_closed)
            {
                return;
            }

            var frame = Reserve(FrameReader.LengthSize + 1 + payload.Length);
            BinaryPrimitives.WriteInt32LittleEndian(frame, 1 + payload.Length);
            frame[FrameReader.LengthSize] = (byte)kind;
            payload.CopyTo(frame[(FrameReader.LengthSize + 1)..]);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Appends a data frame, waiting for credit if it needs any.</summary>
    /// <param name="kind">A data kind. Records need no credit, only room in the buffer.</param>
    /// <param name="header">The header; its sequence is set here.</param>
    /// <param name="body">The body.</param>
    /// <param name="timeout">How long to wait for credit; infinite by <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public SendResult WriteData(
        FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!MayWrite(kind, body.Length))
            {
                var result = WaitForRoom(kind, body.Length, timeout, cancellation);
                if (result != SendResult.Sent)
                {
                    return result;
                }
            }

            if (_closed)
            {
                return SendResult.Closed;
            }

            AppendData(kind, header, body);
            if (kind != FrameKind.Record)
            {
                _unconsumedMessages++;
                _unconsumedBytes += body.Length;
            }

            Monitor.PulseAll(_gate);
            return SendResult.Sent;
        }
    }

    /// <summary>The receiver has consumed messages.</summary>
    /// <param name="messages">How many.</param>
    /// <param name="bytes">The bytes of their bodies.</param>
    /// <exception cref="ProtocolException">More than was sent.</exception>
    public void AddCredit(int messages, long bytes)
    {
        lock (_gate)
        {
            if (messages < 0 || bytes < 0 || messages > _unconsumedMessages || bytes > _unconsumedBytes)
            {
                throw new ProtocolException("The receiver gave back more credit than it was given.");
            }

            _unconsumedMessages -= messages;
            _unconsumedBytes -= bytes;
            Monitor.PulseAll(_gate);
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
            while (!_closed && (_pendingCount > 0 || _writing))
            {
                if (deadline.HasPassed)
                {
                    return false;
                }

                Monitor.Wait(_gate, deadline.Remaining);
            }

            return !_closed;
        }
    }

    /// <summary>Ends the thread. What has not been written is dropped; senders that wait are told.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread != Thread.CurrentThread)
        {
            _stream?.Dispose();
            _thread?.Join();
        }
    }

    private bool MayWrite(FrameKind kind, int size) =>
        _closed
        || (kind == FrameKind.Record
            ? _pendingCount < RecordHighWater
            : _unconsumedMessages < Limits.QueueMessages
                && (_unconsumedBytes + size <= Limits.QueueBytes || _unconsumedMessages == 0));

    private SendResult WaitForRoom(FrameKind kind, int size, TimeSpan timeout, CancellationToken cancellation)
    {
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
                return SendResult.TimedOut;
            }

            Monitor.Wait(_gate, deadline.Remaining);
        }

        return SendResult.Sent;
    }

    private void AppendData(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[DataHeader.MaxSize];
        var size = (header with { Sequence = ++_sequence }).Write(head);
        var length = 1 + sizeof(ushort) + size + body.Length;
        var frame = Reserve(FrameReader.LengthSize + length);
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        frame[FrameReader.LengthSize] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[(FrameReader.LengthSize + 1)..], (ushort)size);
        frame = frame[(FrameReader.LengthSize + 1 + sizeof(ushort))..];
        head[..size].CopyTo(frame);
        body.CopyTo(frame[size..]);
    }

    private Span<byte> Reserve(int count)
    {
        var needed = _pendingCount + count;
        if (needed > _pending.Length)
        {
            Array.Resize(ref _pending, (int)Math.Min(Array.MaxLength, Math.Max(needed, _pending.Length * 2L)));
        }

        var span = _pending.AsSpan(_pendingCount, count);
        _pendingCount = needed;
        return span;
    }

    private void WriteLoop()
    {
        while (true)
        {
            byte[] buffer;
            int count;
            lock (_gate)
            {
                _writing = false;
                if (_pendingCount == 0)
                {
                    Monitor.PulseAll(_gate);
                }

                while (_pendingCount == 0 && !_closed)
                {
                    Monitor.Wait(_gate);
                }

                if (_closed)
                {
                    return;
                }

                buffer = _pending;
                count = _pendingCount;
                _pending = _spare.Length > KeptCapacity ? new byte[FirstCapacity] : _spare;
                _spare = buffer;
                _pendingCount = 0;
                _writing = true;
            }

            try
            {
                _stream!.Write(buffer, 0, count);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
            {
                lock (_gate)
                {
                    _closed = true;
                    Monitor.PulseAll(_gate);
                }

                Failed?.Invoke(exception);
                return;
            }
        }
    }
}
