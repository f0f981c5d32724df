using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cluster.Worker.Ports;
using Microsoft.AspNetCore.Connections;

namespace Cluster.Http.Transport;

/// <summary>
/// Gives the connections of a worker's port to Kestrel. A connection that was taken cannot go to another worker any more, so none is taken before
/// there is somebody who can serve it.
/// </summary>
[SuppressMessage("Design", "CA2213", Justification = "Whoever is late may still wait on it; without a wait handle it holds nothing.")]
internal sealed class PortListener : IConnectionListener
{
    private static long s_ids;
    private readonly WorkerListener _listener;
    private readonly Func<PortConnection, ConnectionContext> _wrap;
    private readonly Func<ValueTask> _whenFree;
    private readonly Task _drain;

    /// <summary>One for each connection that has come, and for the end.</summary>
    private readonly SemaphoreSlim _changes;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Prepares a listener.</summary>
    /// <param name="listener">The port.</param>
    /// <param name="endPoint">What Kestrel has asked for.</param>
    /// <param name="wrap">Makes of a connection what Kestrel takes.</param>
    /// <param name="whenFree">Waits until a connection could be served.</param>
    /// <param name="drain">What else ends with the port, and is waited for when this is disposed; null for nothing.</param>
    public PortListener(WorkerListener listener, EndPoint endPoint, Func<PortConnection, ConnectionContext> wrap, Func<ValueTask> whenFree, Task? drain = null)
    {
        _listener = listener;
        _wrap = wrap;
        _whenFree = whenFree;
        _drain = drain ?? Task.CompletedTask;
        EndPoint = endPoint is IPEndPoint internet ? new IPEndPoint(internet.Address, listener.Request.Port) : endPoint;
        _changes = new SemaphoreSlim(0);
        listener.Changed += OnChanged;

        // What was there before; one too many does no harm.
        _changes.Release(listener.Queue.Count + 1);
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

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
        while (true)
        {
            await _changes.WaitAsync(cancellationToken).ConfigureAwait(false);
            await _whenFree().ConfigureAwait(false);
            if (!_listener.TryAccept(out var port))
            {
                if (_listener.Queue.HasEnded)
                {
                    _listener.Changed -= OnChanged;
                    _ended.TrySetResult();
                    return null;
                }

                continue;
            }

            try
            {
                if (port.Socket.ProtocolType == ProtocolType.Tcp)
                {
                    port.Socket.NoDelay = true;
                }

                return _wrap(port);
            }
            catch (SocketException)
            {
                // It has failed before it was looked at: the next one.
                port.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _listener.Stop();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        await _drain.ConfigureAwait(false);
    }

    private void OnChanged() => _changes.Release();
}
