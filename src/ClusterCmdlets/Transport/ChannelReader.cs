using Cluster.Contracts;

namespace Cluster.Transport;

/// <summary>
/// Reads a channel and delivers its frames in order, one thread at a time. Usually that is the reader thread; a thread that
/// has to wait for a frame anyway reads inline in its place, so that two threads need not wake each other for every
/// message. Thread-safe.
/// </summary>
/// <remarks>
/// As long as inline readers keep coming back, the reader thread leaves the pipe to them. It takes over when none has come
/// for <see cref="HandoverDelay"/>, or at once when a thread is about to wait in another way (<see cref="Resume"/>). Where the
/// system cannot wait for a pipe without reading it, there are no inline readers.
/// </remarks>
internal sealed class ChannelReader : IDisposable
{
    /// <summary>How long, in milliseconds, the reader thread waits for an inline reader that has left to come back.</summary>
    private const int HandoverDelay = 20;

    private readonly object _gate = new();
    private readonly FrameReader _frames;
    private readonly IPipeReadiness _pipe;
    private readonly InlineWait _inlineWait;
    private readonly Action<Frame> _onFrame;
    private readonly Action<Exception?> _onEnd;
    private readonly Thread _thread;
    private volatile Thread? _inlineReader;
    private volatile bool _isClosed;
    private volatile bool _hasEnded;
    private bool _readerThreadReads = true;
    private bool _needsPulse;
    private Exception? _failure;
    private long _activityStamp = 1;
    private long _visits;
    private long _handoverEnd;

    /// <summary>Prepares reading.</summary>
    /// <param name="frames">The frames of the stream.</param>
    /// <param name="pipe">Tells when there is something to read. The caller disposes it.</param>
    /// <param name="name">The name of the reader thread.</param>
    /// <param name="onFrame">Called for every frame, one at a time. An exception from it ends the reading.</param>
    /// <param name="onEnd">Called once on the reader thread: null for a normal end, otherwise what went wrong.</param>
    public ChannelReader(FrameReader frames, IPipeReadiness pipe, string name, Action<Frame> onFrame, Action<Exception?> onEnd)
    {
        _frames = frames;
        _pipe = pipe;
        _inlineWait = new InlineWait(pipe);
        _onFrame = onFrame;
        _onEnd = onEnd;
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = name };
    }

    /// <summary>A counter that is odd while the reader waits for the other side and even while it delivers.</summary>
    public long ActivityStamp => Volatile.Read(ref _activityStamp);

    /// <summary>Starts the reader thread. Called once.</summary>
    public void Start() => _thread.Start();

    /// <summary>The calling thread reads inline, if no other thread reads, until its condition is met. It may return early.</summary>
    /// <param name="isDone">The condition; checked after each read and after <see cref="Interrupt"/>.</param>
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

    /// <summary>Makes an inline reader check its condition, which may have been met in another way.</summary>
    public void Interrupt()
    {
        if (_inlineReader is { } inlineReader && inlineReader != Thread.CurrentThread)
        {
            _pipe.Interrupt();
        }
    }

    /// <summary>A thread is about to wait for frames without reading them: the reader thread takes over at once.</summary>
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

    /// <summary>Ends the reading and waits for its end; a delivery that has begun is finished.</summary>
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
        // Frames that arrived together with the hello are in the buffer before the first read.
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

    /// <summary>The reader thread waits until there is something to read and no inline reader.</summary>
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
                    // The interruption was meant for an inline reader that has left.
                    _pipe.Continue();
                }
            }
        }
    }

    /// <summary>
    /// Under the lock. An inline reader that stays longer than <see cref="HandoverDelay"/> is waited for without a time-out, and
    /// pulses when it leaves.
    /// </summary>
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
        if (_inlineWait.WaitReadable(deadline))
        {
            return true;
        }

        lock (_gate)
        {
            // At the end the reader thread needs the interruption too.
            if (!_isClosed)
            {
                _pipe.Continue();
            }
        }

        return false;
    }

    /// <summary>Reads once. The reader thread reports the end of the channel and any failure, also one that happened here.</summary>
    private bool ReadInline()
    {
        var goesOn = Read();
        if (!goesOn)
        {
            lock (_gate)
            {
                _hasEnded = true;
            }

            // The reader thread may still wait for the pipe, which a malformed frame does not end.
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
        catch (IOException exception)
        {
            _failure = exception;
            return false;
        }
    }
}
