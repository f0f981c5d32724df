using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Cluster.Http.Loops;

/// <summary>
/// A connected socket of an event loop: reads and writes that do not block, and waits for more. Used on the loop's thread alone,
/// by one reader and one writer.
/// </summary>
/// <param name="handle">The descriptor.</param>
/// <param name="close">Closes the socket, once.</param>
internal sealed class LoopSocket(int handle, Action close)
{
    private readonly Readiness _readable = new();
    private readonly Readiness _writable = new();
    private bool _hasEnded;
    private bool _isClosed;

    /// <summary>The descriptor.</summary>
    public int Handle => handle;

    /// <summary>Something has happened to it.</summary>
    /// <param name="events">What epoll says.</param>
    public void OnEvents(uint events)
    {
        const uint Ended = LinuxSockets.PeerClosed | LinuxSockets.HungUp | LinuxSockets.Failed;
        _hasEnded |= (events & Ended) != 0;
        if ((events & (LinuxSockets.Writable | LinuxSockets.HungUp | LinuxSockets.Failed)) != 0)
        {
            _writable.Set();
        }

        if ((events & (LinuxSockets.Readable | Ended)) != 0)
        {
            _readable.Set();
        }
    }

    /// <summary>Awaited, it returns when there may be something to read.</summary>
    public Readiness WaitReadable() => _readable;

    /// <summary>Reads what is there.</summary>
    /// <param name="buffer">Gets the bytes.</param>
    /// <returns>How many; 0 at the end, -1 if there is nothing yet.</returns>
    /// <exception cref="SocketException">The connection has failed.</exception>
    public int Receive(Span<byte> buffer)
    {
        if (_isClosed)
        {
            return 0;
        }

        var count = LinuxSockets.Receive(handle, buffer, out var error);
        if (count >= 0)
        {
            // Less than there is room for: all was read, and the next bytes are told anew; the end has been told already.
            _readable.IsSet = _hasEnded || count == buffer.Length;
            return count;
        }

        _readable.IsSet = error == LinuxSockets.Interrupted;
        return error is LinuxSockets.Interrupted or LinuxSockets.WouldBlock ? -1 : throw Failure(error);
    }

    /// <summary>Writes bytes, waiting for room as often as it needs to.</summary>
    /// <param name="buffer">The bytes.</param>
    /// <returns>When the system has all.</returns>
    /// <exception cref="SocketException">The connection has failed.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            if (_isClosed)
            {
                throw new SocketException((int)SocketError.OperationAborted);
            }

            var count = LinuxSockets.Send(handle, buffer.Span, out var error);
            if (count >= 0)
            {
                buffer = buffer[count..];
            }
            else if (error == LinuxSockets.WouldBlock)
            {
                _writable.IsSet = false;
                await _writable;
            }
            else if (error != LinuxSockets.Interrupted)
            {
                throw Failure(error);
            }
        }
    }

    /// <summary>Ends it: whoever waits is told.</summary>
    public void Close()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            close();
            _readable.Set();
            _writable.Set();
        }
    }

    private static SocketException Failure(int error) =>
        new(error == LinuxSockets.Reset ? (int)SocketError.ConnectionReset : (int)SocketError.SocketError);

    /// <summary>What one waits for, at most once at a time. It is remembered until it is known to be over.</summary>
    internal sealed class Readiness : ICriticalNotifyCompletion
    {
        private Action? _continuation;

        public bool IsSet { get; set; } = true;

        public bool IsCompleted => IsSet;

        public Readiness GetAwaiter() => this;

        public void GetResult()
        {
            // There is no result.
        }

        public void OnCompleted(Action continuation) => _continuation = continuation;

        public void UnsafeOnCompleted(Action continuation) => _continuation = continuation;

        public void Set()
        {
            IsSet = true;
            if (_continuation is { } continuation)
            {
                _continuation = null;
                continuation();
            }
        }
    }
}
