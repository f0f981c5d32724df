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

    /// <summary>What may be on its way to the worker, and was not told of: near its limit the master must know what is open.</summary>
    private const int Margin = 2 * 64;

    private int _closed;

    /// <inheritdoc/>
    public void OnTaken(PortConnection connection) => Say(HandleRecordKind.Taken, connection.Id);

    /// <inheritdoc/>
    public void OnClosed(PortConnection connection)
    {
        var open = listener.Open;
        if (Interlocked.Increment(ref _closed) >= ClosedAtOnce || open == 0
            || listener.Request.Scheduling == ConnectionScheduling.LeastConnections || open + Margin >= listener.Request.MaxConnections)
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
