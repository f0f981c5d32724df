using System.IO.Pipes;
using System.Runtime.InteropServices;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// Asks poll(2) about a pipe, which on Unix is a socket. Windows pipes cannot be polled: there the channel's threads
/// do all reading and writing.
/// </summary>
internal sealed partial class PipeReadiness : IPipeReadiness
{
    private const short Readable = 0x001;
    private const short Writable = 0x004;

    private readonly SafeHandle _pipe;
    private readonly AnonymousPipeServerStream? _wake;
    private readonly AnonymousPipeClientStream? _waker;
    private int _isInterrupted;

    /// <summary>Prepares polling.</summary>
    /// <param name="pipe">A connected pipe.</param>
    public PipeReadiness(PipeStream pipe)
        : this(pipe.SafePipeHandle)
    {
    }

    /// <summary>Prepares polling.</summary>
    /// <param name="pipe">A pipe or a socket, which stays the caller's.</param>
    public PipeReadiness(SafeHandle pipe)
    {
        _pipe = pipe;
        CanWait = !OperatingSystem.IsWindows();
        if (CanWait)
        {
            _wake = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
            _waker = new AnonymousPipeClientStream(PipeDirection.Out, _wake.ClientSafePipeHandle);
        }
    }

    /// <inheritdoc/>
    public bool CanWait { get; }

    /// <inheritdoc/>
    /// <remarks>
    /// On Linux a socket that polls as writable has at least three quarters of its send buffer free (unix_writable of the
    /// kernel), which is far more than the writes that this is asked for. On macOS and the BSDs it has room for SO_SNDLOWAT
    /// bytes, 2,048 by default: a write may block all the same, so there the channel's reader thread writes.
    /// </remarks>
    public unsafe bool HasRoom()
    {
        if (!OperatingSystem.IsLinux() || _pipe.IsClosed)
        {
            // The write to the closed pipe will report it.
            return false;
        }

        var question = new PollFd { Handle = (int)_pipe.DangerousGetHandle(), Events = Writable };
        return Poll(&question, 1, 0) == 1 && question.Revents == Writable;
    }

    /// <inheritdoc/>
    public unsafe bool WaitReadable(TimeSpan timeout)
    {
        if (_pipe.IsClosed)
        {
            // The read will report it.
            return true;
        }

        var questions = stackalloc PollFd[2];
        questions[0] = new PollFd { Handle = (int)_pipe.DangerousGetHandle(), Events = Readable };
        questions[1] = new PollFd { Handle = (int)_wake!.SafePipeHandle.DangerousGetHandle(), Events = Readable };
        var milliseconds = timeout == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Min(timeout.TotalMilliseconds, int.MaxValue);
        return Poll(questions, 2, milliseconds) > 0 && questions[0].Revents != 0;
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        if (Interlocked.Exchange(ref _isInterrupted, 1) == 0)
        {
            try
            {
                _waker?.WriteByte(0);
            }
            catch (ObjectDisposedException)
            {
                // The channel has just ended: no thread waits any longer.
            }
        }
    }

    /// <inheritdoc/>
    public void Continue()
    {
        if (Volatile.Read(ref _isInterrupted) == 1)
        {
            // The byte has been written, or is being written now.
            _wake?.ReadByte();

            // A full fence: a thread that found the flag set, and so wrote no byte, has changed its condition before it is checked next.
            Interlocked.Exchange(ref _isInterrupted, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _waker?.Dispose();
        _wake?.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Poll(PollFd* questions, nuint count, int timeout);

    /// <summary>struct pollfd of poll(2), the same on Linux and macOS.</summary>
    private struct PollFd
    {
        public int Handle;
        public short Events;
        public short Revents;
    }
}
