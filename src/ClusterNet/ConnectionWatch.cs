using System.Net.Sockets;
using NATS.Client.Core;

namespace Cluster.Net;

/// <summary>
/// Notices that the server does not answer any more, and connects anew: without this only the system would notice, after minutes. A
/// connection on which something still moves is only slow and is left alone. Thread-safe.
/// </summary>
internal sealed class ConnectionWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// So many looks without a sign of life are the end. Looks are counted and not seconds: a process that was stopped or starved has not
    /// looked, and must not take its own silence for the server's. Longer where the system does not tell that a message is arriving.
    /// </summary>
    private static readonly int MaxSilentLooks = ReceivedBytes.IsKnown ? 4 : 8;

    /// <summary>
    /// So many questions may be without an answer: one behind much that comes slowly has long to wait, and the server takes a client that
    /// says nothing meanwhile for dead.
    /// </summary>
    private const int MaxPings = 300;

    private readonly NatsConnection _connection;
    private readonly Func<Socket?> _socket;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;
    private volatile bool _isAlive;

    /// <summary>Begins to watch.</summary>
    /// <param name="connection">A connection that is open.</param>
    /// <param name="socket">Gives its socket, which is another one after each reconnect.</param>
    public ConnectionWatch(NatsConnection connection, Func<Socket?> socket)
    {
        _connection = connection;
        _socket = socket;
        _watching = WatchAsync();
    }

    /// <summary>Notes that something has arrived or left. Cheap.</summary>
    public void SignOfLife() => _isAlive = true;

    /// <summary>Ends the watch.</summary>
    /// <returns>Completes when it has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        var pings = new Queue<Task>();
        var silentLooks = 0;
        var received = 0UL;
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
            {
                var before = received;
                received = ReceivedBytes.Of(_socket());
                silentLooks = _isAlive || received != before || _connection.ConnectionState != NatsConnectionState.Open ? 0 : silentLooks + 1;
                _isAlive = false;
                while (pings.TryPeek(out var first) && first.IsCompleted)
                {
                    await pings.Dequeue().ConfigureAwait(false);
                }

                if (silentLooks >= MaxSilentLooks)
                {
                    silentLooks = 0;
                    await _connection.ReconnectAsync().ConfigureAwait(false);
                }
                else if (pings.Count < MaxPings && _connection.ConnectionState == NatsConnectionState.Open)
                {
                    pings.Enqueue(PingAsync());
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }

        await Task.WhenAll(pings).ConfigureAwait(false);
    }

    private async Task PingAsync()
    {
        try
        {
            await _connection.PingAsync(_end.Token).ConfigureAwait(false);
            SignOfLife();
        }
        catch (Exception exception) when (exception is NatsException or OperationCanceledException or ObjectDisposedException or TimeoutException)
        {
            // The connection was lost, or the ping could not be written in time: no sign of life.
        }
    }
}
