using System.Net.Sockets;

namespace Cluster.Worker.Ports;

/// <summary>A UDP socket, which has no connections: the script reads it itself.</summary>
/// <param name="listener">The listener.</param>
/// <param name="socket">The socket, which belongs to this object.</param>
/// <param name="onStopping">Called when it is to take no more.</param>
internal sealed class DatagramSource(WorkerListener listener, Socket socket, Action onStopping) : IConnectionSource
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
        onStopping();
        socket.Dispose();
        listener.End(drop: false);
    }
}
