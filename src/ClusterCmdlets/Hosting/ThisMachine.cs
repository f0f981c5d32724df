using Cluster.Protocol;

namespace Cluster.Hosting;

/// <summary>The machine that the master is on. Immutable.</summary>
internal sealed class ThisMachine : IWorkerPlace
{
    private readonly WorkerLifetimeFactory _createLifetime;

    /// <summary>Creates the place.</summary>
    /// <param name="createLifetime">Prepares what a worker runs in.</param>
    /// <param name="capacity">How many workers are meant to be here.</param>
    public ThisMachine(WorkerLifetimeFactory createLifetime, int capacity)
    {
        _createLifetime = createLifetime;
        Capacity = capacity;
    }

    /// <inheritdoc/>
    public string ComputerName => Environment.MachineName;

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <inheritdoc/>
    public bool IsHere => true;

    /// <inheritdoc/>
    public bool IsOpen => true;

    /// <inheritdoc/>
    public IWorkerLifetime CreateLifetime(HostSettings host, Action<string, bool> onLine, Action<string> onRejected) =>
        _createLifetime(host, onLine, onRejected);
}
