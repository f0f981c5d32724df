using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Ports;

/// <summary>A port that the master owns, and the workers that serve it. Guarded by the table's lock, but for the thread that accepts.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Without a wait handle the event holds nothing, and the accepting thread may look at it late.")]
internal sealed class SharedPort
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(50);
    private readonly ManualResetEventSlim _closed = new();
    private readonly ConnectionScheduler _scheduler = new();
    private readonly List<PortServer> _servers = [];
    private Task _accepting = Task.CompletedTask;
    private bool _isAccepting;

    /// <summary>Opens a port.</summary>
    /// <param name="request">What the first worker asked for.</param>
    /// <exception cref="ClusterException">The system refuses it.</exception>
    public SharedPort(ListenRequest request)
    {
        Request = request;
        Socket = PortSocket.Open(request);
        Backlog = request.Backlog;
        Bound = Socket.LocalEndPoint switch
        {
            IPEndPoint internet when request.Protocol == PortProtocol.Inherited => new ListenRequest(PortProtocol.Tcp, internet.Address.ToString(), internet.Port),
            UnixDomainSocketEndPoint unix when request.Protocol == PortProtocol.Inherited => new ListenRequest(PortProtocol.Unix, unix.ToString(), 0),
            IPEndPoint internet => new ListenRequest(request.Protocol, request.Address, internet.Port),
            _ => new ListenRequest(request.Protocol, request.Address, 0),
        };
    }

    /// <summary>What the worker asked for that decided last.</summary>
    public ListenRequest Request { get; private set; }

    /// <summary>The socket.</summary>
    public Socket Socket { get; }

    /// <summary>What it really is: with the number that the system has chosen, and what an inherited socket is bound to.</summary>
    public ListenRequest Bound { get; }

    /// <summary>How many connections the system keeps.</summary>
    public int Backlog { get; private set; }

    /// <summary>Whether the workers use the socket themselves.</summary>
    public bool IsShared => Request.Scheduling == ConnectionScheduling.Shared || Request.Protocol == PortProtocol.Udp;

    /// <summary>The workers that serve it.</summary>
    public IReadOnlyList<PortServer> Servers => _servers;

    /// <summary>Connections that no worker could be given yet.</summary>
    public LinkedList<AcceptedConnection> Waiting { get; } = new();

    /// <summary>Whether a connection is to be closed at once: all workers have as many as they may, and one wants it so.</summary>
    public bool IsOverloaded
    {
        get
        {
            var wanted = false;
            foreach (var server in _servers)
            {
                if (server.IsOpen || server.IsLeaving)
                {
                    return false;
                }

                wanted |= server.Request.DropsWhenFull;
            }

            return wanted;
        }
    }

    /// <summary>Until when it stays open although nobody serves it.</summary>
    public Deadline? Expires { get; set; }

    /// <summary>Whether it is closed.</summary>
    public bool IsClosed => _closed.IsSet;

    /// <summary>Completes when no thread accepts any more.</summary>
    public Task Accepting => _accepting;

    /// <summary>Whether a request is for this port.</summary>
    /// <param name="request">The request.</param>
    /// <returns>True for the same request, and for the port's real number.</returns>
    public bool IsFor(ListenRequest request) =>
        request.Protocol == Request.Protocol && request.Address == Request.Address && request.IPv6Only == Request.IPv6Only
        && ((request.Port == Request.Port && request.Index == Request.Index) || (request.Port != 0 && request.Port == Bound.Port));

    /// <summary>A worker serves it.</summary>
    /// <param name="server">The worker.</param>
    public void Add(PortServer server)
    {
        // Of what belongs to the port, the latest word counts; who comes first stays the one that the port is found by.
        Request = Request with { Scheduling = server.Request.Scheduling };
        _servers.Add(server);
        Expires = null;
        if (server.Request.Backlog > Backlog && Request.Protocol != PortProtocol.Udp)
        {
            try
            {
                Socket.Listen(server.Request.Backlog);
                Backlog = server.Request.Backlog;
            }
            catch (SocketException)
            {
                // It goes on with what it has.
            }
        }
    }

    /// <summary>A worker serves it no more.</summary>
    /// <param name="server">The worker.</param>
    public void Remove(PortServer server) => _servers.Remove(server);

    /// <summary>The worker that a connection goes to.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>The worker; null if it has to wait.</returns>
    public PortServer? Choose(AcceptedConnection connection)
    {
        var isHash = Request.Scheduling == ConnectionScheduling.Hash;
        return _scheduler.Choose(Request.Scheduling, _servers, isHash ? connection.Remote : null) is >= 0 and var index ? _servers[index] : null;
    }

    /// <summary>Begins to accept, once.</summary>
    /// <param name="onAccepted">Takes a connection, which belongs to it; called without a lock, and may wait.</param>
    public void Accept(Action<SharedPort, Socket> onAccepted)
    {
        if (!_isAccepting)
        {
            _isAccepting = true;
            _accepting = Task.Factory.StartNew(() => Accept(this, onAccepted), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>Closes it.</summary>
    public void Close()
    {
        _closed.Set();
        Socket.Dispose();
        PortSocket.Remove(Request);
    }

    private static void Accept(SharedPort port, Action<SharedPort, Socket> onAccepted)
    {
        while (!port.IsClosed)
        {
            try
            {
                onAccepted(port, port.Socket.Accept());
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // One that had gone already, or no descriptors are left: the port goes on. Or it is closed.
                if (AcceptFailure.IsLasting(exception))
                {
                    port._closed.Wait(RetryTime);
                }
            }
        }
    }
}
