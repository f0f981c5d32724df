using System.Net.Sockets;

namespace Cluster.Worker.Ports;

/// <summary>A UDP socket, which has no connections: the script reads it itself.</summary>
/// <param name="listener">The listener.</param>
/// <param name="socket">The socket, which belongs to this object.</param>
/// <param name="onStopped">Called when the socket is closed.</param>
internal sealed class DatagramSource(WorkerListener listener, Socket socket, Action onStopped) : IConnectionSource
{
    /// <inheritdoc/>
    public void OnTaken(PortConnection connection)
    {
        // There are none.
    }

    /// <inheritdoc/>
    public void OnClosed(PortConnection connection)
    {
        // There are none.
    }

    /// <inheritdoc/>
    public void Stop()
    {
        socket.Dispose();
        onStopped();
        listener.End(drop: false);
    }
}
