using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Cluster.Hosting;

namespace Cluster.Worker.Ports;

/// <summary>
/// A thread that accepts on a socket in this worker, for ports that it has alone or whose listening socket it shares with other workers.
/// </summary>
[SuppressMessage("Design", "CA2213", Justification = "Connections are still taken when it accepts no more; without a wait handle the semaphore holds nothing.")]
internal sealed class SocketAcceptor : IAsyncDisposable
{
    /// <summary>Connections that the script has not taken: beyond, they wait in the system, where other workers find them.</summary>
    private const int MaxWaiting = 16;

    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(MaxWaiting);
    private readonly Socket _socket;
    private readonly Func<Socket, bool> _onAccepted;
    private readonly Task _loop;

    /// <summary>Begins to accept.</summary>
    /// <param name="socket">A listening socket, which stays the caller's.</param>
    /// <param name="onAccepted">Takes a connection; false if it does not want it.</param>
    public SocketAcceptor(Socket socket, Func<Socket, bool> onAccepted)
    {
        _socket = socket;
        _onAccepted = onAccepted;
        socket.Blocking = false;
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The script has taken a connection.</summary>
    public void OnTaken() => _room.Release();

    /// <summary>Accepts no more. The socket is not used any more when this completes.</summary>
    /// <returns>Completes when the thread has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private void Run()
    {
        SharedSocketWait? wait = null;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _room.Wait(_stop.Token);
                wait ??= new SharedSocketWait(_socket);
                var accepted = wait.Run(_socket.Accept, _socket.AcceptAsync, _stop.Token);

                // BSD systems hand the mode of the listening socket on.
                accepted.Blocking = true;
                if (!_onAccepted(accepted))
                {
                    accepted.Dispose();
                }
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception exception) when (exception is SocketException or IOException or InvalidOperationException)
            {
                // One that had gone before it was accepted; or no descriptors are left, or the script has closed the socket: it waits for the stop.
                _room.Release();
                if (AcceptFailure.IsLasting(exception))
                {
                    _stop.Token.WaitHandle.WaitOne(RetryTime);
                }
            }
        }

        wait?.Dispose();
    }
}
