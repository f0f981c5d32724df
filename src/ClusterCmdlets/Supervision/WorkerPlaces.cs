using Cluster.Hosting;

namespace Cluster.Supervision;

/// <summary>The machines on which a master has workers: its own first, then those that have joined. Thread-safe.</summary>
internal sealed class WorkerPlaces
{
    private readonly object _gate = new();
    private volatile IWorkerPlace[] _all;

    /// <summary>Begins with the master's own machine.</summary>
    /// <param name="here">That machine.</param>
    public WorkerPlaces(IWorkerPlace here)
    {
        _all = [here];
    }

    /// <summary>The machines at this moment.</summary>
    public IReadOnlyList<IWorkerPlace> All => _all;

    /// <summary>Adds a machine.</summary>
    /// <param name="place">The machine.</param>
    public void Add(IWorkerPlace place)
    {
        lock (_gate)
        {
            _all = [.. _all, place];
        }
    }

    /// <summary>Takes a machine away.</summary>
    /// <param name="place">The machine.</param>
    public void Remove(IWorkerPlace place)
    {
        lock (_gate)
        {
            _all = [.. _all.Where(other => other != place)];
        }
    }

    /// <summary>The machine for one more worker: the one that has the smallest share of what it is meant for.</summary>
    /// <param name="live">The workers that there are.</param>
    /// <returns>The machine; null when none is meant for workers.</returns>
    public IWorkerPlace? Choose(IReadOnlyList<WorkerInstance> live) => _all
        .Where(place => place.IsOpen && place.Capacity > 0)
        .MinBy(place => (double)live.Count(instance => instance.Slot.Place == place) / place.Capacity);
}
