using Cluster.Contracts;
using Cluster.Ports;
using Cluster.Supervision;

namespace Cluster.Metrics;

/// <summary>
/// What a master has counted since its start: the traffic of its slots, restarts, and how long requests took. The counters of
/// running workers are their own, and are read when somebody asks; those of a worker that has ended are added up here.
/// Thread-safe.
/// </summary>
/// <param name="name">The master's name.</param>
/// <param name="live">Gives the workers that have not exited.</param>
/// <param name="unread">Gives how much has arrived from them and was not read.</param>
/// <param name="connections">Gives what the master's ports have counted.</param>
internal sealed class MasterTotals(string name, Func<IReadOnlyList<WorkerInstance>> live, Func<int> unread, Func<ConnectionCounts> connections)
{
    private readonly object _gate = new();
    private readonly Dictionary<int, SlotTraffic> _ended = [];
    private readonly HashSet<WorkerInstance> _running = [];
    private long _restarts;

    /// <summary>The master's name.</summary>
    public string Name => name;

    /// <summary>What has arrived from the workers and was not read, records included.</summary>
    public int Unread => unread();

    /// <summary>What its ports have counted.</summary>
    public ConnectionCounts Connections => connections();

    /// <summary>Workers that were started in the place of one that had failed.</summary>
    public long Restarts => Interlocked.Read(ref _restarts);

    /// <summary>How long the master's requests took to be answered.</summary>
    public DurationHistogram RequestTimes { get; } = new();

    /// <summary>The workers that have not exited.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<WorkerInstance> Live() => live();

    /// <summary>Something has happened.</summary>
    /// <param name="happened">What.</param>
    /// <param name="subject">The worker it has happened to, or null.</param>
    public void Note(ClusterEventName happened, WorkerInstance? subject)
    {
        switch ((happened, subject))
        {
            case (ClusterEventName.Fork, { } worker):
                lock (_gate)
                {
                    _running.Add(worker);
                }

                break;
            case (ClusterEventName.Exit, { } worker):
                lock (_gate)
                {
                    _running.Remove(worker);
                    _ended[worker.Connection.Slot] = TrafficOf(worker.Connection.Slot).Add(worker.Connection);
                }

                break;
            case (ClusterEventName.Restart, _):
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
                var slot = worker.Connection.Slot;
                slots[slot] = slots.GetValueOrDefault(slot, None(slot)).Add(worker.Connection);
            }

            return [.. slots.Values];
        }
    }

    private static SlotTraffic None(int slot) => new(slot, 0, 0, 0, 0);

    private SlotTraffic TrafficOf(int slot) => _ended.GetValueOrDefault(slot, None(slot));
}
