using System.Diagnostics;

namespace Cluster.Transport;

/// <summary>
/// Reads a channel and delivers its frames in order, one thread at a time: usually a thread of its own, but whoever has
/// nothing to do until something arrives reads instead of it inline, which spares two threads waking each other for
/// every message. Thread-safe.
/// </summary>
/// <remarks>
/// While a inline reader comes again and again, the reader thread stays away; it is back when none has come for
/// <see cref="HandoverDelay"/>, and at once when a inline reader stays to wait for something else (<see cref="Resume"/>). Where a pipe
/// cannot be waited for without reading, there are no inline readers.
/// </remarks>
internal sealed class ChannelReader : IDisposable
{
    /// <summary>How long the reader thread leaves the pipe to a inline reader who has gone and may come again.</summary>
    private const int HandoverDelay = 20;

    /// <summary>
    /// A inline reader that was answered quickly the last time looks again and again for so long (100 us) before it lets the
    /// system wake it, which takes as long by itself. Not where that would keep the other side from running.
    /// </summary>
    private static readonly long SpinTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 10_000 : 0;

    /// <summary>An answer within this time of waiting is a quick one.</summary>
    private static readonly long QuickTicks = SpinTicks * 3;

    private readonly object _gate = new();
    private readonly FrameReader _frames;
    private readonly IPipeReadiness _pipe;
    private readonly Action<Frame> _onFrame;
    private readonly Action<Exception?> _onEnd;
    private readonly Thread _thread;
    private volatile Thread? _inlineReader;
    private volatile bool _isClosed;
    private volatile bool _hasEnded;
    private bool _readerThreadReads = true;
    private bool _needsPulse;
    private bool _isQuick;
    private Exception? _failure;
    private long _activityStamp = 1;
    private long _visits;
    private long _handoverEnd;

    /// <summary>Prepares reading.</summary>
    /// <param name="frames">The frames of the stream.</param>
    /// <param name="pipe">Tells when there is something; stays the caller's to dispose.</param>
    /// <param name="name">The name of the reader thread.</param>
    /// <param name="onFrame">Called for every frame, one at a time. Whatever it throws ends the reading.</param>
    /// <param name="onEnd">Called once on the reader thread: null for a normal end between frames, otherwise what
    /// went wrong.</param>
    public ChannelReader(FrameReader frames, IPipeReadiness pipe, string name, Action<Frame> onFrame, Action<Exception?> onEnd)
    {
        _frames = frames;
        _pipe = pipe;
        _onFrame = onFrame;
        _onEnd = onEnd;
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = name };
    }

    /// <summary>
    /// Odd while the reader waits for the other side, even while it deals with what has arrived; grows with every change.
    /// </summary>
    public long ActivityStamp => Volatile.Read(ref _activityStamp);

    /// <summary>Starts the reader thread. Called once.</summary>
    public void Start() => _thread.Start();

    /// <summary>
    /// The calling thread reads, if nobody else does, until what it waits for is there. It may return early; the caller
    /// then waits in its own way.
    /// </summary>
    /// <param name="isDone">Whether it is there; asked after each read and after <see cref="Interrupt"/>.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_pipe.CanWait || _inlineReader is not null || _readerThreadReads || _isClosed || _hasEnded)
            {
                return;
            }

            _inlineReader = Thread.CurrentThread;
            _visits++;
        }

        try
        {
            using var interruption = cancellation.UnsafeRegister(static reader => ((ChannelReader)reader!).Interrupt(), this);
            while (!isDone() && !cancellation.IsCancellationRequested && !deadline.HasPassed && !_isClosed)
            {
                if (WaitInline(deadline) && !ReadInline())
                {
                    return;
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _inlineReader = null;
                _handoverEnd = Environment.TickCount64 + HandoverDelay;
                if (_needsPulse || _hasEnded || _isClosed)
                {
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    /// <summary>Something that a inline reader may wait for has happened elsewhere.</summary>
    public void Interrupt()
    {
        if (_inlineReader is { } inlineReader && inlineReader != Thread.CurrentThread)
        {
            _pipe.Interrupt();
        }
    }

    /// <summary>A thread is going to wait for something that arrives, and not inline: the reader thread reads from now on.</summary>
    public void Resume()
    {
        if (Volatile.Read(ref _handoverEnd) == 0)
        {
            return;
        }

        lock (_gate)
        {
            _handoverEnd = 0;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the reading and waits for it; frames that are being delivered still are.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }

        _pipe.Interrupt();
        if (_thread != Thread.CurrentThread)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        // What was received together with the hello is there before the first read.
        var goesOn = Deliver();
        while (goesOn)
        {
            lock (_gate)
            {
                _readerThreadReads = false;
            }

            goesOn = TakeTurn() && Read();
        }

        _onEnd(_failure);
    }

    /// <summary>The reader thread waits until there is something to read and no inline reader to do it.</summary>
    /// <returns>False at the end.</returns>
    private bool TakeTurn()
    {
        while (true)
        {
            lock (_gate)
            {
                WaitForInlineReaders();
                if (_isClosed || _hasEnded)
                {
                    return false;
                }

                if (!_pipe.CanWait)
                {
                    return true;
                }
            }

            var isReadable = _pipe.WaitReadable(Timeout.InfiniteTimeSpan);
            lock (_gate)
            {
                if (_inlineReader is null && Environment.TickCount64 >= _handoverEnd && isReadable)
                {
                    _readerThreadReads = true;
                    return true;
                }

                if (_inlineReader is null && !_isClosed)
                {
                    // It was meant for a inline reader who has gone.
                    _pipe.Continue();
                }
            }
        }
    }

    /// <summary>Under the lock. A inline reader that stays is waited for without looking at the clock, and then tells when it goes.</summary>
    private void WaitForInlineReaders()
    {
        var seen = -1L;
        while (true)
        {
            if (_inlineReader is not null)
            {
                _needsPulse = seen == _visits;
                seen = _visits;
                Monitor.Wait(_gate, _needsPulse ? Timeout.Infinite : HandoverDelay);
                _needsPulse = false;
            }
            else if (!_isClosed && !_hasEnded && _handoverEnd - Environment.TickCount64 is > 0 and var rest)
            {
                Monitor.Wait(_gate, (int)rest);
            }
            else
            {
                _handoverEnd = 0;
                return;
            }
        }
    }

    private bool WaitInline(Deadline deadline)
    {
        if (_isQuick)
        {
            var end = Stopwatch.GetTimestamp() + SpinTicks;
            while (Stopwatch.GetTimestamp() < end)
            {
                if (_pipe.WaitReadable(TimeSpan.Zero))
                {
                    return true;
                }

                // The one who is to answer may be waiting for this very processor.
                Thread.Yield();
            }
        }

        var start = Stopwatch.GetTimestamp();
        var isReadable = _pipe.WaitReadable(deadline.Remaining);
        _isQuick = isReadable && Stopwatch.GetTimestamp() - start < QuickTicks;
        if (!isReadable)
        {
            lock (_gate)
            {
                // The interruption of the end is for the reader thread as well.
                if (!_isClosed)
                {
                    _pipe.Continue();
                }
            }
        }

        return isReadable;
    }

    /// <summary>A inline reader leaves the end, and whatever has gone wrong, to the reader thread.</summary>
    private bool ReadInline()
    {
        var goesOn = Read();
        if (!goesOn)
        {
            lock (_gate)
            {
                _hasEnded = true;
            }

            // The reader thread may still be waiting for the pipe, of which a broken frame is not the end.
            _pipe.Interrupt();
        }

        return goesOn;
    }

    private bool Read()
    {
        try
        {
            var isReceived = _frames.Receive();
            Volatile.Write(ref _activityStamp, _activityStamp + 1);
            if (!isReceived)
            {
                return false;
            }
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            _failure = exception;
            return false;
        }

        var goesOn = Deliver();
        Volatile.Write(ref _activityStamp, _activityStamp + 1);
        return goesOn;
    }

    private bool Deliver()
    {
        try
        {
            while (_frames.TryTake(out var frame))
            {
                _onFrame(frame);
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException)
        {
            _failure = exception;
            return false;
        }
    }
}
