using System.Net;
using System.Net.Sockets;
using Cluster.Worker.Ports;

namespace Cluster.Api;

/// <summary>
/// A connection that a worker has got from a <see cref="ClusterListener"/>. Thread-safe, but for its stream, which is read by one
/// thread at a time and written by one at a time.
/// </summary>
public sealed class ClusterConnection : IDisposable
{
    private readonly PortConnection _connection;
    private readonly Lazy<NetworkStream> _stream;

    internal ClusterConnection(PortConnection connection)
    {
        _connection = connection;
        _stream = new Lazy<NetworkStream>(() => new NetworkStream(connection.Socket, ownsSocket: false));
        RemoteEndPoint = Ask(connection.Socket, static socket => socket.RemoteEndPoint);
        LocalEndPoint = Ask(connection.Socket, static socket => socket.LocalEndPoint);
    }

    /// <summary>The bytes of both directions.</summary>
    /// <exception cref="IOException">The connection has ended.</exception>
    public Stream Stream => _stream.Value;

    /// <summary>The socket below the stream.</summary>
    public Socket Socket => _connection.Socket;

    /// <summary>Where it comes from; null if it has ended already, and for Unix sockets.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>The address of this side; null if it has ended already.</summary>
    public EndPoint? LocalEndPoint { get; }

    /// <summary>Ends the connection: what was written arrives. Harmless when it has ended.</summary>
    public void Close()
    {
        if (_stream.IsValueCreated)
        {
            _stream.Value.Dispose();
        }

        _connection.Dispose();
    }

    /// <summary>The same as <see cref="Close"/>.</summary>
    public void Dispose() => Close();

    /// <inheritdoc/>
    public override string ToString() => $"{RemoteEndPoint}";

    /// <summary>Another process has it now: closes this copy, and not the connection.</summary>
    internal void GiveAway()
    {
        if (_stream.IsValueCreated)
        {
            _stream.Value.Dispose();
        }

        _connection.GiveAway();
    }

    private static EndPoint? Ask(Socket socket, Func<Socket, EndPoint?> question)
    {
        try
        {
            return question(socket) is var answer and not UnixDomainSocketEndPoint { } ? answer : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
