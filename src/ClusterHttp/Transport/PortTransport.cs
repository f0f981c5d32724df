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
    private readonly SocketConnectionContextFactory? _sockets;
    private readonly PipeOptions? _input;
    private readonly PipeOptions? _output;

    /// <summary>Prepares the transport.</summary>
    /// <param name="listener">The port.</param>
    /// <param name="loop">The loop that serves the connections; null for Kestrel's own sockets.</param>
    public PortTransport(WorkerListener listener, EventLoop? loop)
    {
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
        Listener = new PortListener(_listener, endpoint, Wrap);
        return ValueTask.FromResult<IConnectionListener>(Listener);
    }

    /// <inheritdoc/>
    public void Dispose() => _sockets?.Dispose();

    private ConnectionContext Wrap(PortConnection port) => _loop is null
        ? new SocketPortConnection(_sockets!.Create(port.Socket), port)
        : new LoopConnection(_loop, port, _input!, _output!);
}
