using System.Diagnostics;

namespace Cluster.Transport;

/// <summary>
/// Writes frames to a pipe in batches. Callers write themselves while the pipe has room: a single frame at once, the
/// frames of a flood when enough of them are pending. The rest of a flood, and frames that find no room, are written by
/// a thread of its own within a millisecond.
/// </summary>
/// <remarks>
/// Shares its owner's lock, since a frame is numbered and appended in one step. The members that say so are called under
/// it; the pipe is never written to under it.
/// </remarks>
internal sealed class PipeWriter : IDisposable
{
    /// <summary>The longest frame that its caller writes; a pipe with room has room for at least this many bytes.</summary>
    private const int DirectBytes = 16 * 1024;

    /// <summary>Frames closer together than this are a flood, and cheaper in one write.</summary>
    private static readonly long FloodTicks = Stopwatch.Frequency / 50_000;

    /// <summary>The maximum batching delay (linger) of the last frames of a flood.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(1);

    private readonly object _gate;
    private OutgoingBuffer _spare = new();
    private Func<bool> _hasRoom = () => false;
    private bool _isWriting;
    private bool _isUrgent;
    private bool _isThreadIdle;
    private int _waiting;
    private long _lastSend;
    private Stream? _stream;
    private Thread? _thread;

    /// <summary>Creates a writer that keeps the appended frames until <see cref="Attach"/>.</summary>
    /// <param name="gate">The owner's lock.</param>
    public PipeWriter(object gate)
    {
        _gate = gate;
    }

    /// <summary>Raised once, when the stream can no longer be written.</summary>
    public event Action<Exception>? Failed;

    /// <summary>The pending frames; new ones are appended here. Under the lock.</summary>
    public OutgoingBuffer Pending { get; private set; } = new();

    /// <summary>Whether nothing is written from now on. Under the lock.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Starts writing to a stream. Under the lock.</summary>
    /// <param name="stream">The connected stream; closed when this is disposed.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="hasRoom">Whether a write of 16 KiB would not block at this moment.</param>
    /// <param name="preamble">The control frames that go before everything appended so far.</param>
    public void Attach(Stream stream, string name, Func<bool> hasRoom, OutgoingBuffer? preamble)
    {
        if (preamble is not null)
        {
            preamble.Append(Pending);
            Pending = preamble;
        }

        _stream = stream;
        _hasRoom = hasRoom;
        _thread = new Thread(WriteLoop, 256 * 1024) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>A control frame was appended: the thread writes it. Under the lock.</summary>
    public void WriteSoon() => WakeThread(isUrgent: true);

    /// <summary>A data frame was appended. Under the lock.</summary>
    /// <returns>The frames that the caller gives to <see cref="Write"/> after it has left the lock; null for none.</returns>
    public OutgoingBuffer? TakeAfterData()
    {
        var now = Stopwatch.GetTimestamp();
        var isFlood = now - _lastSend < FloodTicks;
        _lastSend = now;
        if (isFlood && Pending.Count < DirectBytes)
        {
            WakeThread(isUrgent: false);
            return null;
        }

        return TakeAll();
    }

    /// <summary>The caller has no more frames for now: those that are pending are written without the batching delay. Under the lock.</summary>
    /// <returns>The frames that the caller gives to <see cref="Write"/> after it has left the lock; null for none.</returns>
    public OutgoingBuffer? TakeAll()
    {
        if (Pending.Count == 0 || IsClosed)
        {
            return null;
        }

        // A pipe with room takes a little more than the bound: the last frame may exceed it.
        if (_isWriting || _stream is null || Pending.Count > DirectBytes + LargeBody.MinBytes || !_hasRoom())
        {
            WakeThread(isUrgent: true);
            return null;
        }

        return Take();
    }

    /// <summary>Writes what was taken. Not under the lock.</summary>
    /// <param name="taken">The frames.</param>
    public void Write(OutgoingBuffer taken)
    {
        Exception? failure = null;
        try
        {
            taken.WriteTo(_stream!);
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            failure = exception;
        }

        lock (_gate)
        {
            _isWriting = false;
            IsClosed |= failure is not null;
            if (IsClosed || Pending.Count > 0 || _waiting > 0)
            {
                Monitor.PulseAll(_gate);
            }
        }

        if (failure is not null)
        {
            Failed?.Invoke(failure);
        }
    }

    /// <summary>Waits on the lock, under it, until something was written or the owner pulses it.</summary>
    /// <param name="deadline">When to give up.</param>
    public void Wait(Deadline deadline)
    {
        _waiting++;
        Monitor.Wait(_gate, deadline.Remaining);
        _waiting--;
    }

    /// <summary>Wakes those who wait, if there are any. Under the lock.</summary>
    public void WakeWaiting()
    {
        if (_waiting > 0)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until everything appended so far has been given to the operating system. Under the lock.</summary>
    /// <param name="deadline">When to give up.</param>
    /// <returns>False if it was not all written in time or the stream is broken.</returns>
    public bool WaitUntilWritten(Deadline deadline)
    {
        while (!IsClosed && (Pending.Count > 0 || _isWriting))
        {
            WakeThread(isUrgent: true);
            if (deadline.HasPassed)
            {
                return false;
            }

            Wait(deadline);
        }

        return !IsClosed;
    }

    /// <summary>Closes the stream and ends the thread. What has not been written is dropped. Not under the lock.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            IsClosed = true;
            Monitor.PulseAll(_gate);
        }

        _stream?.Dispose();
        if (_thread != Thread.CurrentThread)
        {
            _thread?.Join();
        }

        lock (_gate)
        {
            // What was not written is let go with its buffers, whoever still holds the channel.
            Pending = _spare = new OutgoingBuffer(capacity: 0);
        }
    }

    private void WakeThread(bool isUrgent)
    {
        _isUrgent |= isUrgent;
        if (_isThreadIdle || isUrgent)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private OutgoingBuffer Take()
    {
        _isWriting = true;
        var taken = Pending;
        Pending = _spare;
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
                if (IsClosed)
                {
                    return;
                }

                taken = Take();
            }

            Write(taken);
        }
    }

    /// <summary>
    /// Waits for frames. When only a few frames of a flood are pending, it waits for more of them, which their sender then writes.
    /// </summary>
    private void WaitForWork()
    {
        while (!IsClosed)
        {
            if (Pending.Count == 0 || _isWriting)
            {
                _isUrgent &= Pending.Count > 0;
                _isThreadIdle = true;
                Monitor.Wait(_gate);
                _isThreadIdle = false;
            }
            else if (_isUrgent || !Monitor.Wait(_gate, Linger))
            {
                // Frames may have come in the meantime, so the flood may go on; these frames have waited long enough all the same.
                if (Pending.Count > 0 && !_isWriting)
                {
                    _isUrgent = false;
                    return;
                }
            }
        }
    }
}
