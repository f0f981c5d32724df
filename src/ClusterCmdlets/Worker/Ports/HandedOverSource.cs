using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Worker.Ports;

/// <summary>Connections that the master accepts and hands over.</summary>
/// <param name="listener">Gets the connections.</param>
/// <param name="session">The worker.</param>
/// <param name="handles">Where the master learns what became of them.</param>
internal sealed class HandedOverSource(WorkerListener listener, WorkerSession session, WorkerHandles handles) : IConnectionSource
{
    /// <summary>When nobody waits for it, so many closed connections are told of at once; a server of short ones sends half as many records.</summary>
    private const int ClosedAtOnce = 32;

    /// <summary>Whether the master's choice depends on what is open.</summary>
    private readonly bool _isCounted =
        listener.Request is { MaxConnections: not int.MaxValue } or { Scheduling: ConnectionScheduling.LeastConnections };

    private int _closed;

    /// <inheritdoc/>
    public void OnTaken(PortConnection connection) => Say(HandleRecordKind.Taken, connection.Id);

    /// <inheritdoc/>
    public void OnClosed(PortConnection connection)
    {
        if (Interlocked.Increment(ref _closed) >= ClosedAtOnce || _isCounted || listener.Open == 0)
        {
            Say(HandleRecordKind.Closed, 0);
        }
    }

    /// <inheritdoc/>
    public void Stop() => session.SendControl(ControlKind.Unlisten, BitConverter.GetBytes(listener.Request.Number));

    /// <summary>A connection has come.</summary>
    /// <param name="connection">The connection.</param>
    public void Add(PortConnection connection)
    {
        if (!listener.Queue.TryAdd(connection))
        {
            Refuse(connection);
        }
    }

    /// <summary>No more will come.</summary>
    /// <param name="hasOthers">Whether other workers serve the port: they get those that were not taken.</param>
    public void End(bool hasOthers)
    {
        foreach (var connection in listener.End(drop: hasOthers))
        {
            Refuse(connection);
        }
    }

    private void Refuse(PortConnection connection)
    {
        connection.Release();
        Say(HandleRecordKind.Refused, connection.Id);
    }

    private void Say(HandleRecordKind kind, long id) =>
        handles.Send(new HandleRecord(kind, listener.Request.Number, id, Closed: (ushort)Interlocked.Exchange(ref _closed, 0)));
}
