using System.Collections.Concurrent;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.Ports;

/// <summary>
/// The ports of a master: opens them for its workers, gives each connection to one of these, and takes back what a worker has not
/// taken. All state is guarded by one lock, under which connections are handed over too, so that "no more" comes behind the last one.
/// Thread-safe.
/// </summary>
internal sealed partial class PortTable : IAsyncDisposable
{
    /// <summary>Connections that wait for a worker, per port; beyond, they wait in the system.</summary>
    private const int MaxWaiting = 1024;

    /// <summary>How long a connection waits for a worker, and a port without workers for the next one.</summary>
    private static readonly TimeSpan WaitTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CheckTime = TimeSpan.FromMilliseconds(500);

    private readonly object _gate = new();
    private readonly ConcurrentDictionary<WorkerInstance, WorkerLink> _links = new();
    private readonly List<SharedPort> _ports = [];
    private readonly List<Task> _tasks = [];

    /// <summary>Of workers that have exited: sockets of messages that nobody has read yet.</summary>
    private readonly List<AttachmentTable> _unread = [];
    private readonly Action<WorkerInstance, string> _onListening;
    private readonly Action<string> _onRefused;
    private readonly Timer _check;
    private bool _isWatching;
    private bool _isDisposed;

    /// <summary>Creates a table without ports.</summary>
    /// <param name="onListening">Told of each worker that serves a port, and of the port. Called without a lock.</param>
    /// <param name="onRefused">Told of what was wrong on a worker's handle channel.</param>
    public PortTable(Action<WorkerInstance, string> onListening, Action<string> onRefused)
    {
        _onListening = onListening;
        _onRefused = onRefused;
        _check = new Timer(_ => Expire());
    }

    /// <summary>A worker is being made: it may ask for ports as soon as it is connected.</summary>
    /// <param name="instance">The worker.</param>
    public void OnCreated(WorkerInstance instance) => _links[instance] = new WorkerLink(instance, this);

    /// <summary>A worker has exited.</summary>
    /// <param name="instance">The worker.</param>
    public void OnExited(WorkerInstance instance)
    {
        if (!_links.TryGetValue(instance, out var link))
        {
            return;
        }

        var hasHeir = link.HasHeir;
        link.Close();
        lock (_gate)
        {
            link.HasExited = true;
            link.HasSettled |= !link.HasHandles;
            _tasks.RemoveAll(task => task.IsCompleted);
            _tasks.Add(link.Closed);
            Settle(link, hasHeir);
        }
    }

    /// <summary>The ports that a worker serves.</summary>
    /// <param name="instance">The worker.</param>
    /// <returns>Their names, in the order in which it asked for them.</returns>
    public IReadOnlyList<string> PortsOf(WorkerInstance instance)
    {
        lock (_gate)
        {
            return _links.TryGetValue(instance, out var link)
                ? [.. link.Servers.Values.Where(server => !server.IsLeaving).OrderBy(server => server.Request.Number).Select(NameOf)]
                : [];
        }
    }

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

    /// <summary>Closes all ports, and the sockets of messages that nobody has read; ends the ways to all workers, which have exited.</summary>
    /// <returns>Completes when no thread of it runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var port in _ports.ToArray())
            {
                Close(port);
            }
        }

        await _check.DisposeAsync().ConfigureAwait(false);
        var links = _links.Values.ToArray();
        foreach (var link in links)
        {
            link.Close();
        }

        await Task.WhenAll(links.Select(link => link.Closed).Concat(_tasks)).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var arrived in links.Select(link => link.Arrived).Concat(_unread))
            {
                arrived.Close();
            }
        }
    }

    /// <summary>Something was wrong on a worker's handle channel.</summary>
    /// <param name="reason">What.</param>
    public void OnRefused(string reason) => _onRefused(reason);

    private static string NameOf(PortServer server) =>
        PortName.Of(server.Port?.Bound ?? server.Request);

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

    /// <summary>Both ways to a worker have ended: what it had not taken goes to others, and its ports too.</summary>
    private void Settle(WorkerLink link, bool hasHeir)
    {
        if (!link.HasExited || !link.HasSettled)
        {
            return;
        }

        _links.TryRemove(link.Instance, out _);
        foreach (var server in link.Servers.Values)
        {
            if (server.Port is { IsClosed: false } port)
            {
                port.Remove(server);
                CloseUnlessServed(port, hasHeir);
            }
        }

        link.Servers.Clear();
        _unread.RemoveAll(arrived => arrived.Count == 0);
        if (link.Arrived.Count > 0)
        {
            _unread.Add(link.Arrived);
        }
    }

    /// <summary>A port that nobody serves is closed, unless a worker will take the place of the last one.</summary>
    private void CloseUnlessServed(SharedPort port, bool hasHeir)
    {
        if (port.Servers.Count > 0)
        {
            return;
        }

        if (hasHeir)
        {
            port.Expires = Deadline.After(WaitTime);
            WatchTime();
        }
        else
        {
            Close(port);
        }
    }

    private void Close(SharedPort port)
    {
        _ports.Remove(port);
        port.Close();
        _tasks.Add(port.Accepting);
        foreach (var connection in port.Waiting)
        {
            Drop(connection);
        }

        port.Waiting.Clear();
        Monitor.PulseAll(_gate);
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

    private void WatchTime()
    {
        if (!_isDisposed && !_isWatching)
        {
            // Not put off by each one that comes later.
            _isWatching = true;
            _check.Change(CheckTime, Timeout.InfiniteTimeSpan);
        }
    }
}
