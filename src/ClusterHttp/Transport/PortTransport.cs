using System.IO.Pipelines;
using System.Net;
using Cluster.Http.Loops;
using Cluster.Worker.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cluster.Http.Transport;

/// <summary>Lets Kestrel serve one port of the worker, by its own sockets or by an event loop.</summary>
internal sealed class PortTransport : IConnectionListenerFactory, IDisposable
{
    private readonly WorkerListener _listener;
    private readonly EventLoop? _loop;
    private readonly Func<ValueTask> _whenFree;
    private readonly HashSet<LoopConnection> _connections = [];
    private readonly SocketConnectionContextFactory? _sockets;
    private readonly PipeOptions? _input;
    private readonly PipeOptions? _output;

    /// <summary>Prepares the transport.</summary>
    /// <param name="listener">The port.</param>
    /// <param name="loop">The loop that serves the connections; null for Kestrel's own sockets.</param>
    /// <param name="whenFree">Waits until a connection could be served; on the loop's thread then, if there is a loop.</param>
    public PortTransport(WorkerListener listener, EventLoop? loop, Func<ValueTask> whenFree)
    {
        _whenFree = whenFree;
        _listener = listener;
        _loop = loop;
        if (loop is null)
        {
            _sockets = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions(), NullLogger.Instance);
        }
        else
        {
            var scheduler = new LoopScheduler(loop);
            _input = new PipeOptions(readerScheduler: scheduler, writerScheduler: scheduler, pauseWriterThreshold: 1024 * 1024, resumeWriterThreshold: 512 * 1024, useSynchronizationContext: false);
            _output = new PipeOptions(readerScheduler: scheduler, writerScheduler: scheduler, pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false);
        }
    }

    /// <summary>What Kestrel listens on, once it does.</summary>
    public PortListener? Listener { get; private set; }

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Listener = new PortListener(_listener, endpoint, Wrap, _whenFree);
        return ValueTask.FromResult<IConnectionListener>(Listener);
    }

    /// <inheritdoc/>
    /// <remarks>Connections that a loop has not served to their end are closed; the loop does not run any more.</remarks>
    public void Dispose()
    {
        LoopConnection[] left;
        lock (_connections)
        {
            left = [.. _connections];
        }

        foreach (var connection in left)
        {
            connection.Close();
        }

        _sockets?.Dispose();
    }

    private ConnectionContext Wrap(PortConnection port)
    {
        if (_loop is null)
        {
            return new SocketPortConnection(_sockets!.Create(port.Socket), port);
        }

        var connection = new LoopConnection(_loop, port, _input!, _output!, OnClosed);
        lock (_connections)
        {
            _connections.Add(connection);
        }

        return connection;
    }

    private void OnClosed(LoopConnection connection)
    {
        lock (_connections)
        {
            _connections.Remove(connection);
        }
    }
}
