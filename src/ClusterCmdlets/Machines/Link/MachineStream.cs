using Cluster.Transport;

namespace Cluster.Machines.Link;

/// <summary>
/// One stream of a <see cref="MachineLink"/>, as if it were a pipe to a process of this machine: bytes in order, in both directions, and who
/// writes waits while the other end does not read. Also tells of itself what a system tells of a pipe. Thread-safe, with one reader and one
/// writer at a time.
/// </summary>
internal sealed class MachineStream : Stream, IPipeReadiness
{
    /// <summary>The room that a caller needs who must not wait: somewhat more than what is promised.</summary>
    private const int EnoughRoom = 64 * 1024;

    private readonly object _gate = new();
    private readonly int _number;
    private readonly Action<byte[]> _publish;
    private readonly Action _onOver;
    private readonly OutgoingStream _out;
    private readonly IncomingStream _in = new();
    private readonly TaskCompletionSource _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isInterrupted;
    private bool _isReaderWaiting;
    private bool _isAborted;
    private bool _isClosed;

    /// <summary>Creates an end of a stream.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="publish">Sends a packet to the other end. It must not wait.</param>
    /// <param name="onOver">Called when nothing of it is needed any more. Perhaps more than once.</param>
    public MachineStream(int number, Action<byte[]> publish, Action onOver)
    {
        _number = number;
        _publish = publish;
        _onOver = onOver;
        _out = new OutgoingStream(publish);
    }

    /// <summary>
    /// Takes a piece on the thread that delivers it, in place of a reader that waits for it: one change of threads less. It must not wait, and says
    /// no when it would have to. Under the lock.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, bool>? TryTake { get; set; }

    /// <summary>Completes when the stream was closed here and the other end has everything, or the link has ended.</summary>
    public Task Delivered => _delivered.Task;

    /// <summary>How many of the bytes that were written the other end has.</summary>
    public long Arrived
    {
        get
        {
            lock (_gate)
            {
                return _out.Arrived;
            }
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public bool CanWait => true;

    /// <inheritdoc/>
    public bool HasRoom()
    {
        lock (_gate)
        {
            return _out.Room >= EnoughRoom;
        }
    }

    /// <inheritdoc/>
    public bool WaitReadable(TimeSpan timeout)
    {
        var end = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_gate)
        {
            while (!_isInterrupted && !IsReadable)
            {
                var rest = end == long.MaxValue ? Timeout.Infinite : (int)Math.Clamp(end - Environment.TickCount64, 0, int.MaxValue);
                if (rest == 0 || !Monitor.Wait(_gate, rest))
                {
                    return IsReadable;
                }
            }

            return IsReadable;
        }
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        lock (_gate)
        {
            _isInterrupted = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <inheritdoc/>
    public void Continue()
    {
        lock (_gate)
        {
            _isInterrupted = false;
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <remarks>Waits for the first byte. 0 at the end, be it the other end's or that of the link.</remarks>
    public override int Read(Span<byte> buffer)
    {
        lock (_gate)
        {
            while (!IsReadable)
            {
                _isReaderWaiting = true;
                Monitor.Wait(_gate);
                _isReaderWaiting = false;
            }

            var read = _in.Read(buffer);
            if (_in.IsDue && !_isAborted)
            {
                Tell(LinkPacketKind.Progress);
            }

            return read;
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <remarks>Waits while the other end has no room.</remarks>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            while (buffer.Length > 0)
            {
                while (_out.Room == 0 && !_isAborted && !_isClosed)
                {
                    Monitor.Wait(_gate);
                }

                if (_isAborted || _isClosed)
                {
                    throw new IOException("The connection to the machine has ended.");
                }

                var size = Math.Min(Math.Min(buffer.Length, _out.Room), LinkPacket.MaxPiece);
                Send(LinkPacketKind.Data, buffer[..size], size);
                buffer = buffer[size..];
            }
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing waits here.
    }

    /// <summary>Takes a packet of the other end. One thread at a time.</summary>
    /// <param name="packet">The packet.</param>
    /// <exception cref="ProtocolException">It may not come.</exception>
    public void Deliver(in LinkPacket packet)
    {
        bool isOver;
        lock (_gate)
        {
            if (_isAborted)
            {
                return;
            }

            var wakes = _out.OnProgress(packet.Received, packet.Consumed);
            if (packet.Kind == LinkPacketKind.Resend)
            {
                // What was told of this direction may be lost as well.
                _out.Resend();
                Tell(LinkPacketKind.Progress);
            }
            else if (packet.Kind != LinkPacketKind.Progress)
            {
                if (_in.Add(packet))
                {
                    Tell(LinkPacketKind.Resend);
                }
                else if (packet.Kind == LinkPacketKind.End || (_in.IsAbandoned && _in.IsDue))
                {
                    Tell(LinkPacketKind.Progress);
                }

                // A reader that does not wait may still hold what came before.
                if (_isReaderWaiting && TryTake is { } take && _in.TryGive(take))
                {
                    if (_in.IsDue)
                    {
                        Tell(LinkPacketKind.Progress);
                    }
                }
                else
                {
                    wakes = true;
                }
            }

            if (wakes)
            {
                Monitor.PulseAll(_gate);
            }

            NoteDelivered();
            isOver = IsOver;
        }

        if (isOver)
        {
            _onOver();
        }
    }

    /// <summary>Nothing more will come, and nothing can be sent: the link has ended. What has arrived can be read.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _isAborted = true;
            _out.Clear();
            _delivered.TrySetResult();
            Monitor.PulseAll(_gate);
        }

        _onOver();
    }

    /// <summary>The connection is there again: what was lost meanwhile is sent once more, by both ends.</summary>
    public void Recover()
    {
        lock (_gate)
        {
            if (!_isAborted)
            {
                Tell(LinkPacketKind.Resend);
                _out.Resend();
            }
        }
    }

    /// <summary>From time to time: tells what nothing else has carried, and sends again what was lost.</summary>
    public void Tick()
    {
        bool isOver;
        lock (_gate)
        {
            if (_isAborted)
            {
                return;
            }

            if (_in.HasNews)
            {
                Tell(LinkPacketKind.Progress);
            }

            if (_out.ResendIfStale())
            {
                Tell(LinkPacketKind.Resend);
            }

            isOver = IsOver;
        }

        if (isOver)
        {
            _onOver();
        }
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Ends both directions: the other end reads what was sent, and then the end.</summary>
    /// <param name="disposing">Whether it is disposed.</param>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            if (!_isClosed && !_isAborted)
            {
                Send(LinkPacketKind.End, [], 1);
            }

            _isClosed = true;
            _in.Abandon();
            Monitor.PulseAll(_gate);
        }

        base.Dispose(disposing);
    }

    /// <summary>Under the lock. Whether a read would not wait.</summary>
    private bool IsReadable => _in.HasData || _in.HasEnded || _isAborted || _isClosed;

    /// <summary>Under the lock. Whether both directions have ended and the other end has everything.</summary>
    private bool IsOver => _isClosed && _in.HasEnded && _out.IsDelivered && !_in.HasNews;

    /// <summary>Under the lock.</summary>
    private void NoteDelivered()
    {
        if (_isClosed && _out.IsDelivered)
        {
            _delivered.TrySetResult();
        }
    }

    /// <summary>Under the lock.</summary>
    private void Send(LinkPacketKind kind, ReadOnlySpan<byte> piece, int size)
    {
        _out.Send(LinkPacket.Write(kind, _number, _out.Sent, _in.Received, _in.Consumed, piece), size);
        _in.NoteTold();
    }

    /// <summary>Under the lock.</summary>
    private void Tell(LinkPacketKind kind)
    {
        _publish(LinkPacket.Write(kind, _number, _out.Sent, _in.Received, _in.Consumed, []));
        _in.NoteTold();
    }
}
