using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Worker.Ports;

/// <summary>Connections that the master accepts and hands over.</summary>
/// <param name="listener">Gets the connections.</param>
/// <param name="session">The worker.</param>
/// <param name="handles">Where the master learns what became of them.</param>
internal sealed class HandedOverSource(WorkerListener listener, WorkerSession session, WorkerHandles handles) : IConnectionSource
{
    /// <inheritdoc/>
    public void OnTaken(PortConnection connection) => Say(HandleRecordKind.Taken, connection.Id);

    /// <inheritdoc/>
    public void OnClosed(PortConnection connection) => Say(HandleRecordKind.Closed, connection.Id);

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

    private void Say(HandleRecordKind kind, long id) => handles.Send(new HandleRecord(kind, listener.Request.Number, id));
}
