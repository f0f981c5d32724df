using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cluster.Worker.Ports;
using Microsoft.AspNetCore.Connections;

namespace Cluster.Http.Transport;

/// <summary>Gives the connections of a worker's port to Kestrel.</summary>
/// <param name="listener">The port.</param>
/// <param name="endPoint">What Kestrel has asked for.</param>
/// <param name="wrap">Makes of a connection what Kestrel takes.</param>
internal sealed class PortListener(WorkerListener listener, EndPoint endPoint, Func<PortConnection, ConnectionContext> wrap) : IConnectionListener
{
    private static long s_ids;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public EndPoint EndPoint { get; } = endPoint is IPEndPoint internet ? new IPEndPoint(internet.Address, listener.Request.Port) : endPoint;

    /// <summary>Completes when no more connections come.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The id of a new connection.</summary>
    public static string NextId() => Interlocked.Increment(ref s_ids).ToString(CultureInfo.InvariantCulture);

    /// <summary>Both ends of a connection, as far as the system still knows them.</summary>
    /// <param name="socket">The connection.</param>
    public static (EndPoint? Local, EndPoint? Remote) EndPointsOf(Socket socket)
    {
        try
        {
            return (socket.LocalEndPoint, socket.RemoteEndPoint);
        }
        catch (SocketException)
        {
            // The client has gone already.
            return (null, null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await listener.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } port)
        {
            try
            {
                if (port.Socket.ProtocolType == ProtocolType.Tcp)
                {
                    port.Socket.NoDelay = true;
                }

                return wrap(port);
            }
            catch (SocketException)
            {
                // It has failed before it was looked at: the next one.
                port.Dispose();
            }
        }

        _ended.TrySetResult();
        return null;
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        listener.Stop();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => UnbindAsync(CancellationToken.None);
}
