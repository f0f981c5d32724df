using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Http.Serving;
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
[SuppressMessage("Design", "CA2213", Justification = "A source without a timer and without a wait handle holds nothing, and is cancelled late.")]
public sealed class ClusterConnectionListenerFactory : IConnectionListenerFactory, IDisposable
{
    private readonly SocketConnectionContextFactory _sockets = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    private readonly CancellationTokenSource _draining = new();

    /// <summary>
    /// Cancelled when the worker drains: answers may close their connections from now on. Those that are open for a second then are closed, each
    /// after the request at hand.
    /// </summary>
    public CancellationToken Draining => _draining.Token;

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
            UnixDomainSocketEndPoint unix => new ListenRequest(PortProtocol.Unix, FullPath(unix), 0),
            _ => throw new NotSupportedException($"The workers share ports of TCP and Unix sockets, not '{endpoint}'."),
        };
        request = request with { Scheduling = Scheduling, Exclusive = Exclusive, Backlog = Backlog, MaxConnections = MaxConnections, SocketMode = -1 };

        // It waits for the master's answer.
        var listener = await Task.Run(() => WorkerPorts.Of(session).Listen(request, keepsAlive: true, cancellationToken), cancellationToken).ConfigureAwait(false);
        var connections = new ConnectionTable(() => listener.Open);
        return new PortListener(listener, endpoint, port => Wrap(port, connections), static () => ValueTask.CompletedTask, DrainAsync(listener, connections));
    }

    /// <inheritdoc/>
    public void Dispose() => _sockets.Dispose();

    /// <summary>The master, which binds it, may have another current folder. A name that is not in the file system begins with @.</summary>
    private static string FullPath(UnixDomainSocketEndPoint unix) =>
        unix.ToString() is var path && path.StartsWith('@') ? path : Path.GetFullPath(path);

    private SocketPortConnection Wrap(PortConnection port, ConnectionTable connections)
    {
        var inner = _sockets.Create(port.Socket);
        var served = new ServedConnection(inner);
        connections.Add(served);
        return new SocketPortConnection(inner, port, () => connections.Remove(served));
    }

    private async Task DrainAsync(WorkerListener listener, ConnectionTable connections)
    {
        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (listener.Draining.Register(isAsked.SetResult))
        {
            await isAsked.Task.ConfigureAwait(false);
        }

        // What the program has registered is not to hold up the rest.
        var telling = _draining.CancelAsync();

        // "No more" comes behind the last connection.
        await listener.Ended.ConfigureAwait(false);
        await connections.DrainAsync(CancellationToken.None).ConfigureAwait(false);
        await telling.ConfigureAwait(false);
    }
}
