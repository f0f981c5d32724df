using System.Net.Sockets;

namespace Cluster.Worker.Ports;

/// <summary>A connection that has come in on a listener of this worker. Thread-safe.</summary>
/// <param name="id">Counts the connections of its listener in the process that accepted it.</param>
/// <param name="socket">The connection, which belongs to this object.</param>
internal sealed class PortConnection(long id, Socket socket) : IDisposable
{
    private int _isClosed;

    /// <summary>Called once, when it is closed.</summary>
    public Action<PortConnection>? Closed { get; set; }

    /// <summary>Counts the connections of its listener in the process that accepted it.</summary>
    public long Id => id;

    /// <summary>The connection.</summary>
    public Socket Socket => socket;

    /// <summary>Ends it in both directions: what was written arrives, and the other side sees the end.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        try
        {
            // The master may hold a copy for another moment: only this ends the connection for the other side.
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has ended already, or its server has closed the socket itself.
        }

        socket.Dispose();
        Closed?.Invoke(this);
    }

    /// <summary>
    /// Closes this process's copy, since another one has the connection now: there it goes on, and for this listener it is closed.
    /// </summary>
    public void GiveAway()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            socket.Dispose();
            Closed?.Invoke(this);
        }
    }

    /// <summary>Gives up this process's copy alone: the connection goes on in another one.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            socket.Dispose();
        }
    }
}
