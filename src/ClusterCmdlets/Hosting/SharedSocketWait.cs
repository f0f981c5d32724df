using System.Net.Sockets;

namespace Cluster.Hosting;

/// <summary>
/// Waits on a socket that several processes have. On Unix the waits of .NET are not for these: its epoll instance keeps what it knows
/// of a descriptor until the last process has closed the socket, and takes the next descriptor of the same number for it. For one thread.
/// </summary>
internal sealed class SharedSocketWait : IDisposable
{
    private readonly PipeReadiness? _readiness;

    /// <summary>Prepares to wait.</summary>
    /// <param name="socket">The socket, which stays the caller's. It must be non-blocking.</param>
    public SharedSocketWait(Socket socket)
    {
        _readiness = OperatingSystem.IsWindows() ? null : new PipeReadiness(socket.SafeHandle);
    }

    /// <summary>Tries again and again, when there is something to read.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="attempt">Throws a <see cref="SocketException"/> with WouldBlock when there was nothing.</param>
    /// <param name="elsewhere">The same on Windows, where it may wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What the attempt gave.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public T Run<T>(Func<T> attempt, Func<CancellationToken, ValueTask<T>> elsewhere, CancellationToken cancellation)
    {
        if (_readiness is null)
        {
#pragma warning disable VSTHRD002 // A thread that is there to wait, which the call does not need.
            return elsewhere(cancellation).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }

        using var wake = cancellation.UnsafeRegister(static readiness => ((PipeReadiness)readiness!).Interrupt(), _readiness);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            _readiness.WaitReadable(Timeout.InfiniteTimeSpan);
            _readiness.Continue();
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return attempt();
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
            {
                // Another process was faster.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _readiness?.Dispose();
}
