using System.Diagnostics;

namespace Cluster.Http.Serving;

/// <summary>The open connections of a server, and how they end when it drains. Thread-safe.</summary>
/// <param name="open">Says how many connections were taken from the port and are not closed: some may not have come to Kestrel yet.</param>
internal sealed class ConnectionTable(Func<int> open)
{
    /// <summary>A connection that idles for so long after the drain began has no request on its way, as far as one can know.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(50);

    private readonly HashSet<ServedConnection> _connections = [];

    /// <summary>A connection has come.</summary>
    /// <param name="connection">The connection.</param>
    public void Add(ServedConnection connection)
    {
        lock (_connections)
        {
            _connections.Add(connection);
        }
    }

    /// <summary>A connection has ended.</summary>
    /// <param name="connection">The connection.</param>
    public void Remove(ServedConnection connection)
    {
        lock (_connections)
        {
            _connections.Remove(connection);
        }
    }

    /// <summary>
    /// Waits until all have ended. Every answer closes its connection by then; those that had no request for a while are closed, and those of
    /// HTTP/2 are told at once.
    /// </summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        while (open() > 0)
        {
            // Each time: one may have been in its handshake before.
            Close(connection => connection.IsHttp2);
            await Task.Delay(LookTime, cancellation).ConfigureAwait(false);
            if (Stopwatch.GetElapsedTime(begun) >= IdleTime)
            {
                var since = Stopwatch.GetTimestamp() - (long)(IdleTime.TotalSeconds * Stopwatch.Frequency);
                Close(connection => connection.IsIdleSince(since));
            }
        }
    }

    private void Close(Func<ServedConnection, bool> which)
    {
        ServedConnection[] chosen;
        lock (_connections)
        {
            chosen = [.. _connections.Where(which)];
        }

        foreach (var connection in chosen)
        {
            connection.RequestClose();
        }
    }
}
