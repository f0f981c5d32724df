using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Ports;

/// <content>Workers begin to serve a port, and stop.</content>
internal sealed partial class PortTable
{
    /// <summary>A worker wants to listen.</summary>
    /// <param name="link">The worker.</param>
    /// <param name="request">What it asks for.</param>
    public void Listen(WorkerLink link, ListenRequest request)
    {
        ListenReply reply;
        PortServer? server = null;
        lock (_gate)
        {
            try
            {
                server = Serve(link, request);
                reply = new ListenReply(request.Number, server.Port?.Bound ?? request, null);
            }
            catch (ClusterException exception)
            {
                reply = new ListenReply(request.Number, null, exception);
            }
        }

        link.SendControl(ControlKind.ListenReply, reply.Write());
        if (server is not null)
        {
            _onListening(link.Instance, NameOf(server));
            Begin(server);
        }
    }

    /// <summary>A worker takes no more connections of a listener.</summary>
    /// <param name="link">The worker.</param>
    /// <param name="number">The listener.</param>
    public void Unlisten(WorkerLink link, int number)
    {
        var hasHeir = link.HasHeir;
        lock (_gate)
        {
            if (!link.Servers.TryGetValue(number, out var server) || server.IsLeaving)
            {
                return;
            }

            server.IsLeaving = true;
            if (server.Port is { } port)
            {
                port.Remove(server);
                CloseUnlessServed(port, hasHeir);

                // Nothing is handed over to it any more, so this comes behind the last one.
                server.Owed = port.IsShared ? null : new HandleRecord(HandleRecordKind.NoMore, number, port.IsClosed ? 0 : 1);
                PayOwed(server);
            }

            ForgetIfDone(link, server);
        }
    }

    private PortServer Serve(WorkerLink link, ListenRequest request)
    {
        if (_isDisposed || link.HasExited)
        {
            throw new ClusterException(ClusterErrorId.MasterStopped, ErrorCategory.InvalidOperation, "The master is being stopped and opens no ports any more.");
        }

        if (link.Servers.ContainsKey(request.Number))
        {
            throw new ProtocolException("A listener has the number of another one.");
        }

        PortServer server;
        if (request.Exclusive)
        {
            server = new PortServer(link, request);
        }
        else
        {
            var port = _ports.Find(open => open.IsFor(request) && open.Servers.All(other => other.Link != link));
            var isShared = request.Scheduling == ConnectionScheduling.Shared || request.Protocol == PortProtocol.Udp;
            if (port is null)
            {
                port = new SharedPort(request);
                _ports.Add(port);
            }
            else if (port.IsShared != isShared)
            {
                throw new ClusterException(
                    ClusterErrorId.ListenerMismatch,
                    ErrorCategory.InvalidArgument,
                    $"Other workers serve {PortName.Of(request)} with -Scheduling {port.Request.Scheduling}, which does not go together with {request.Scheduling}. Stop them first, or ask for the same.",
                    PortName.Of(request));
            }

            server = new PortServer(link, request) { Port = port };
            port.Add(server);
        }

        link.Servers.Add(request.Number, server);
        return server;
    }

    /// <summary>After the answer, so that connections come behind it as a rule.</summary>
    private void Begin(PortServer server)
    {
        if (server.Port is not { } port)
        {
            return;
        }

        lock (_gate)
        {
            if (port.IsClosed || server.IsLeaving)
            {
                return;
            }

            if (port.IsShared)
            {
                server.Owed = new HandleRecord(HandleRecordKind.Listener, server.Request.Number, 0);
                PayOwed(server);
            }
            else
            {
                port.Accept(OnAccepted);
                PlaceWaiting(port);
            }
        }
    }

    /// <summary>Tells a worker what it is still to be told, if the pipe has room.</summary>
    private void PayOwed(PortServer server)
    {
        if (server.Owed is not { } owed)
        {
            return;
        }

        if (server.Link.Send(owed, owed.Kind == HandleRecordKind.Listener ? server.Port?.Socket : null) == SendResult.Full)
        {
            WatchTime();
        }
        else
        {
            server.Owed = null;
        }
    }

    private static void ForgetIfDone(WorkerLink link, PortServer server)
    {
        if (server is { IsLeaving: true, Open: 0, Owed: null })
        {
            link.Servers.Remove(server.Request.Number);
        }
    }
}
