using System.Collections.Concurrent;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Supervision;

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
