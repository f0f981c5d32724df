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
    /// looked, and must not take its own silence for the server's.
    /// </summary>
    private const int MaxSilentLooks = 4;

    private readonly NatsConnection _connection;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;
    private volatile bool _isAlive;

    /// <summary>Begins to watch.</summary>
    /// <param name="connection">A connection that is open.</param>
    public ConnectionWatch(NatsConnection connection)
    {
        _connection = connection;
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
        var ping = Task.CompletedTask;
        var silentLooks = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
            {
                silentLooks = _isAlive || _connection.ConnectionState != NatsConnectionState.Open ? 0 : silentLooks + 1;
                _isAlive = false;
                if (silentLooks >= MaxSilentLooks)
                {
                    silentLooks = 0;
                    await _connection.ReconnectAsync().ConfigureAwait(false);
                }
                else if (ping.IsCompleted)
                {
                    ping = PingAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }

        await ping.ConfigureAwait(false);
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
