namespace Cluster.Worker.Ports;

/// <summary>Where a listener's connections come from. Called on any thread.</summary>
internal interface IConnectionSource
{
    /// <summary>The script has taken a connection.</summary>
    /// <param name="connection">The connection.</param>
    void OnTaken(PortConnection connection);

    /// <summary>A connection that was taken has been closed.</summary>
    /// <param name="connection">The connection.</param>
    void OnClosed(PortConnection connection);

    /// <summary>Brings no more. May be said several times. Does not wait; the listener's queue is completed when all that was on its way has come.</summary>
    void Stop();
}
