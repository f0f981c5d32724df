using System.Net;
using System.Net.Sockets;
using Cluster.Hosting;

namespace Cluster.Worker.Ports;

/// <summary>Reads the datagrams of a socket that several workers have. For one thread at a time.</summary>
/// <param name="socket">The socket, non-blocking, which stays the caller's.</param>
internal sealed class DatagramReader(Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[ushort.MaxValue];
    private readonly SharedSocketWait _wait = new(socket);
    private readonly IPEndPoint _anybody = new(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);

    /// <summary>Waits for the next datagram.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What it says, and who has sent it.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="SocketException">The system cannot receive.</exception>
    public (byte[] Bytes, EndPoint Sender) Read(CancellationToken cancellation)
    {
        var result = _wait.Run(ReadNow, token => socket.ReceiveFromAsync(_buffer, SocketFlags.None, _anybody, token), cancellation);
        return (_buffer[..result.ReceivedBytes], result.RemoteEndPoint);
    }

    /// <inheritdoc/>
    public void Dispose() => _wait.Dispose();

    private SocketReceiveFromResult ReadNow()
    {
        EndPoint sender = _anybody;
        return new SocketReceiveFromResult { ReceivedBytes = socket.ReceiveFrom(_buffer, ref sender), RemoteEndPoint = sender };
    }
}
