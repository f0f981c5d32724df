using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Http.Transport;
using Cluster.Protocol;
using Cluster.Worker;
using Cluster.Worker.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cluster.Http;

/// <summary>
/// Lets an ASP.NET Core program in a worker serve ports that all workers share: registered as a service of the program, it takes
/// the place of Kestrel's own listeners. The ports keep the worker alive, and are closed when it drains. Thread-safe.
/// </summary>
public sealed class ClusterConnectionListenerFactory : IConnectionListenerFactory, IDisposable
{
    private readonly SocketConnectionContextFactory _sockets = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);

    /// <summary>Which worker gets a connection.</summary>
    public ConnectionScheduling Scheduling { get; set; }

    /// <summary>Whether this worker has the ports alone.</summary>
    public bool Exclusive { get; set; }

    /// <summary>How many connections the system keeps that were not accepted yet.</summary>
    public int Backlog { get; set; } = 512;

    /// <summary>How many connections this worker has open at once; others go to other workers, or wait.</summary>
    public int MaxConnections { get; set; } = int.MaxValue;

    /// <summary>Opens a port.</summary>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="cancellationToken">Ends the wait for the master.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="ClusterException">This process is not a worker, or the system refuses the port.</exception>
    /// <exception cref="NotSupportedException">The end point is of another kind.</exception>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var session = WorkerSession.Current ?? throw new ClusterException(
            ClusterErrorId.NotAWorker, ErrorCategory.InvalidOperation, "This process is not a worker: it shares no ports.");
        var request = endpoint switch
        {
            IPEndPoint internet => new ListenRequest(PortProtocol.Tcp, internet.Address.ToString(), internet.Port),
            UnixDomainSocketEndPoint unix => new ListenRequest(PortProtocol.Unix, unix.ToString(), 0),
            _ => throw new NotSupportedException($"The workers share ports of TCP and Unix sockets, not '{endpoint}'."),
        };
        request = request with { Scheduling = Scheduling, Exclusive = Exclusive, Backlog = Backlog, MaxConnections = MaxConnections, SocketMode = -1 };

        // It waits for the master's answer.
        var listener = await Task.Run(() => WorkerPorts.Of(session).Listen(request, keepsAlive: true, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new PortListener(listener, endpoint, port => new SocketPortConnection(_sockets.Create(port.Socket), port));
    }

    /// <inheritdoc/>
    public void Dispose() => _sockets.Dispose();
}
