using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Transport;

namespace Cluster.Ports;

/// <content>The way of a connection: accepted, handed over, taken, closed; or refused, and handed to another worker.</content>
internal sealed partial class PortTable
{
    private readonly SortedDictionary<int, long> _handedOver = [];
    private long _lastId;
    private long _accepted;
    private long _queued;
    private long _dropped;

    /// <summary>What was counted.</summary>
    /// <returns>A copy.</returns>
    public ConnectionCounts Count()
    {
        lock (_gate)
        {
            var untaken = _links.Values.GroupBy(link => link.Slot).ToDictionary(slot => slot.Key, slot => slot.Sum(link => link.Servers.Values.Sum(server => (long)server.Untaken.Count)));
            return new ConnectionCounts(_accepted, _queued, _dropped, _ports.Sum(port => port.Waiting.Count), new SortedDictionary<int, long>(_handedOver), untaken);
        }
    }

    /// <summary>A record has come on a worker's handle channel.</summary>
    /// <param name="link">The worker.</param>
    /// <param name="record">The record.</param>
    /// <param name="socket">The socket that came with it, which belongs to this method, or null.</param>
    public void OnRecord(WorkerLink link, HandleRecord record, Socket? socket)
    {
        lock (_gate)
        {
            if (!link.Servers.TryGetValue(record.Listener, out var server))
            {
                socket?.Dispose();
                return;
            }

            var isBlocked = false;
            switch (record.Kind)
            {
                case HandleRecordKind.Taken when server.Untaken.Remove(record.Id, out var taken):
                    taken.Socket.Dispose();
                    break;
                case HandleRecordKind.Refused when server.Untaken.Remove(record.Id, out var refused):
                    server.Open--;

                    // One that goes on and takes none has no descriptors left: others first.
                    isBlocked = !server.IsLeaving;
                    server.IsBlocked |= isBlocked;
                    if (server.Port is { IsClosed: false } port)
                    {
                        PlaceOrKeep(port, refused, isNew: false);
                    }
                    else
                    {
                        Drop(refused);
                    }

                    break;
                case HandleRecordKind.Closed:
                    break;
                default:
                    socket?.Dispose();
                    throw new ProtocolException($"A record of kind {record.Kind} was not expected.");
            }

            server.Open = Math.Max(server.Open - record.Closed, server.Untaken.Count);
            server.IsBlocked &= isBlocked;
            PayOwed(server);
            if (server.Port is { Waiting.Count: > 0 } waiting)
            {
                PlaceWaiting(waiting);
            }

            ForgetIfDone(link, server);
        }
    }

    /// <summary>Nothing more comes on a worker's handle channel: what it was given and has not taken goes to others.</summary>
    /// <param name="link">The worker.</param>
    public void OnHandlesEnded(WorkerLink link)
    {
        var hasHeir = link.HasHeir;
        lock (_gate)
        {
            link.HasSettled = true;
            foreach (var server in link.Servers.Values)
            {
                server.IsLeaving = true;
            }

            foreach (var server in link.Servers.Values)
            {
                var left = server.Untaken.Values.OrderBy(connection => connection.Id).ToArray();
                server.Untaken.Clear();
                foreach (var connection in left)
                {
                    if (server.Port is { IsClosed: false } port)
                    {
                        PlaceOrKeep(port, connection, isNew: false);
                    }
                    else
                    {
                        Drop(connection);
                    }
                }
            }

            Settle(link, hasHeir);
        }
    }

    private void OnAccepted(SharedPort port, Socket socket)
    {
        lock (_gate)
        {
            var connection = new AcceptedConnection(++_lastId, socket, Deadline.After(WaitTime));
            _accepted++;
            if (port.IsClosed)
            {
                Drop(connection);
                return;
            }

            PlaceOrKeep(port, connection, isNew: true);
            while (port.Waiting.Count >= MaxWaiting && !port.IsClosed)
            {
                // The rest waits in the system.
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Gives a connection to a worker, or keeps it until one can take it.</summary>
    private void PlaceOrKeep(SharedPort port, AcceptedConnection connection, bool isNew)
    {
        // Those that wait already come first, but for a port whose connections go to certain workers.
        var mustWait = isNew && port.Waiting.Count > 0 && port.Request.Scheduling != ConnectionScheduling.Hash;
        if (!mustWait && Place(port, connection))
        {
            return;
        }

        if (port.IsOverloaded)
        {
            Drop(connection);
            return;
        }

        _queued += connection.WasQueued ? 0 : 1;
        connection.WasQueued = true;

        // In the order in which they have come: one that comes back stands before those that came later.
        var later = isNew ? null : port.Waiting.First;
        while (later is not null && later.Value.Id < connection.Id)
        {
            later = later.Next;
        }

        if (later is null)
        {
            port.Waiting.AddLast(connection);
        }
        else
        {
            port.Waiting.AddBefore(later, connection);
        }

        WatchTime();
    }

    private void PlaceWaiting(SharedPort port)
    {
        var before = port.Waiting.Count;
        var canSkip = port.Request.Scheduling == ConnectionScheduling.Hash;
        for (var node = port.Waiting.First; node is not null;)
        {
            var next = node.Next;
            if (Place(port, node.Value))
            {
                port.Waiting.Remove(node);
            }
            else if (!canSkip)
            {
                break;
            }

            node = next;
        }

        if (before >= MaxWaiting && port.Waiting.Count < MaxWaiting)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private bool Place(SharedPort port, AcceptedConnection connection)
    {
        while (port.Choose(connection) is { } server)
        {
            switch (server.Link.Send(new HandleRecord(HandleRecordKind.Connection, server.Request.Number, connection.Id), connection.Socket))
            {
                case SendResult.Sent:
                    server.Untaken.Add(connection.Id, connection);
                    server.Open++;
                    _handedOver[server.Slot] = _handedOver.GetValueOrDefault(server.Slot) + 1;
                    return true;
                case SendResult.Full:
                    // Until it has taken one, or for a while.
                    server.IsBlocked = true;
                    WatchTime();
                    break;
                default:
                    // It is ending; its end gives back what it has not taken.
                    server.IsLeaving = true;
                    break;
            }
        }

        return false;
    }

    private void Drop(AcceptedConnection connection)
    {
        _dropped++;
        connection.Socket.Dispose();
    }

    /// <summary>Time has passed: connections that nobody took, and ports that nobody serves, are given up.</summary>
    private void Expire()
    {
        lock (_gate)
        {
            _isWatching = false;
            var isNeeded = false;
            foreach (var server in _links.Values.SelectMany(link => link.Servers.Values))
            {
                server.IsBlocked = false;
                PayOwed(server);
            }

            foreach (var port in _ports.ToArray())
            {
                PlaceWaiting(port);
                if (port is { Servers.Count: 0, Expires.HasPassed: true })
                {
                    Close(port);
                    continue;
                }

                var before = port.Waiting.Count;
                while (port.Waiting.First is { Value: { Expires.HasPassed: true } old })
                {
                    port.Waiting.RemoveFirst();
                    Drop(old);
                }

                if (before >= MaxWaiting && port.Waiting.Count < MaxWaiting)
                {
                    Monitor.PulseAll(_gate);
                }

                isNeeded |= port.Waiting.Count > 0 || port.Servers.Count == 0;
            }

            if (isNeeded)
            {
                WatchTime();
            }
        }
    }
}
