using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Cluster.Http.Loops;

/// <summary>
/// An event loop on the pipeline thread: it waits for sockets by epoll(7), reads and writes them, and does what other threads give
/// it. A request is then read, handled and answered without a switch between threads. Linux only.
/// </summary>
internal sealed class EventLoop : IPipelineLoop
{
    private const int MaxEvents = 256;

    private readonly ConcurrentQueue<(Action<object?> Action, object? State)> _work = new();
    private readonly Dictionary<int, LoopSocket> _sockets = [];
    private readonly int _epoll;
    private readonly int _wake;
    private int _threadId;
    private int _isAsleep;
    private volatile bool _isStopped;

    /// <summary>Opens what the loop waits with.</summary>
    /// <exception cref="Win32Exception">No descriptors are left.</exception>
    public EventLoop()
    {
        _epoll = Check(LinuxSockets.EpollCreate(LinuxSockets.CloseOnExec));
        _wake = Check(LinuxSockets.EventFd(0, LinuxSockets.CloseOnExec | LinuxSockets.NonBlocking));
        Check(LinuxSockets.Watch(_epoll, _wake, LinuxSockets.Readable | LinuxSockets.EdgeTriggered));
    }

    /// <inheritdoc/>
    public bool IsCurrent => Environment.CurrentManagedThreadId == _threadId;

    /// <inheritdoc/>
    public void Post(Action<object?> action, object? state)
    {
        _work.Enqueue((action, state));
        Wake();
    }

    /// <inheritdoc/>
    public void Stop()
    {
        _isStopped = true;
        Wake();
    }

    /// <summary>Begins to tell a socket what happens to it. On the loop's thread.</summary>
    /// <param name="socket">The socket.</param>
    /// <returns>False if the system does not watch it.</returns>
    public bool TryAdd(LoopSocket socket)
    {
        const uint Events = LinuxSockets.Readable | LinuxSockets.Writable | LinuxSockets.PeerClosed | LinuxSockets.EdgeTriggered;
        _sockets[socket.Handle] = socket;
        if (LinuxSockets.Watch(_epoll, socket.Handle, Events) == 0)
        {
            return true;
        }

        _sockets.Remove(socket.Handle);
        return false;
    }

    /// <summary>Forgets a socket that is about to be closed. On the loop's thread.</summary>
    /// <param name="socket">The socket.</param>
    public void Remove(LoopSocket socket)
    {
        // The master may hold a copy of the socket, so that closing it alone would not end the watch.
        if (_sockets.Remove(socket.Handle))
        {
            LinuxSockets.Unwatch(_epoll, socket.Handle);
        }
    }

    /// <inheritdoc/>
    public unsafe void Run()
    {
        _threadId = Environment.CurrentManagedThreadId;
        var events = stackalloc byte[MaxEvents * LinuxSockets.EventSize];
        while (!_isStopped)
        {
            // Whoever posts after the flag wakes the loop; what was posted before is seen here.
            Interlocked.Exchange(ref _isAsleep, 1);
            var count = LinuxSockets.EpollWait(_epoll, events, MaxEvents, _work.IsEmpty && !_isStopped ? -1 : 0);
            Interlocked.Exchange(ref _isAsleep, 0);
            for (var index = 0; index < count; index++)
            {
                var (happened, handle) = LinuxSockets.Event(events, index);
                if (_sockets.TryGetValue(handle, out var socket))
                {
                    socket.OnEvents(happened);
                }
                else if (handle == _wake)
                {
                    ulong value;
                    LinuxSockets.Read(_wake, &value, sizeof(ulong));
                }
            }

            // Only what is there now: work that makes work does not keep the sockets waiting.
            for (var left = _work.Count; left > 0 && _work.TryDequeue(out var work); left--)
            {
                work.Action(work.State);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var socket in _sockets.Values.ToArray())
        {
            socket.Close();
        }

        // A thread that is late may still post, which then wakes nobody.
        Interlocked.Exchange(ref _isAsleep, 0);
        _ = LinuxSockets.Close(_wake);
        _ = LinuxSockets.Close(_epoll);
    }

    private unsafe void Wake()
    {
        // Only a sleeping loop: an eventfd costs a call of the system.
        if (Interlocked.Exchange(ref _isAsleep, 0) == 1)
        {
            ulong one = 1;
            LinuxSockets.Write(_wake, &one, sizeof(ulong));
        }
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());
}
