using Cluster.Api;
using Cluster.Contracts;

namespace Cluster.Metrics;

/// <summary>
/// What a master has counted since its start: the traffic of its slots, restarts, and how long requests took. The counters of
/// running workers are their own, and are read when somebody asks; those of a worker that has ended are added up here.
/// Thread-safe.
/// </summary>
internal sealed class MasterTotals
{
    private readonly object _gate = new();
    private readonly Dictionary<int, SlotTraffic> _ended = [];
    private readonly HashSet<ClusterWorker> _running = [];
    private long _restarts;

    /// <summary>Workers that were started in the place of one that had failed.</summary>
    public long Restarts => Interlocked.Read(ref _restarts);

    /// <summary>How long the master's requests took to be answered.</summary>
    public DurationHistogram RequestTimes { get; } = new();

    /// <summary>Something has happened.</summary>
    /// <param name="happened">What.</param>
    public void Note(ClusterEvent happened)
    {
        switch (happened)
        {
            case { Name: ClusterEventName.Fork, Worker: { } worker }:
                lock (_gate)
                {
                    _running.Add(worker);
                }

                break;
            case { Name: ClusterEventName.Exit, Worker: { } worker }:
                lock (_gate)
                {
                    _running.Remove(worker);
                    _ended[worker.Slot] = TrafficOf(worker.Slot).Add(worker);
                }

                break;
            case { Name: ClusterEventName.Restart }:
                Interlocked.Increment(ref _restarts);
                break;
        }
    }

    /// <summary>The traffic of all slots that ever had a worker.</summary>
    /// <returns>By slot.</returns>
    public IReadOnlyList<SlotTraffic> Traffic()
    {
        lock (_gate)
        {
            var slots = new SortedDictionary<int, SlotTraffic>(_ended);
            foreach (var worker in _running)
            {
                slots[worker.Slot] = slots.GetValueOrDefault(worker.Slot, None(worker.Slot)).Add(worker);
            }

            return [.. slots.Values];
        }
    }

    private static SlotTraffic None(int slot) => new(slot, 0, 0, 0, 0);

    private SlotTraffic TrafficOf(int slot) => _ended.GetValueOrDefault(slot, None(slot));
}
