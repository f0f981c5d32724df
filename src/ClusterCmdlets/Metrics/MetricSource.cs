using Cluster.Contracts;
using Cluster.Ports;

namespace Cluster.Metrics;

/// <summary>
/// A metric that is read and not recorded: its name, what it counts, and where the numbers are. The meter and
/// <c>Get-ClusterMetric</c> read the same.
/// </summary>
/// <param name="Name">The name, by the conventions of OpenTelemetry.</param>
/// <param name="Unit">The unit, in UCUM.</param>
/// <param name="Description">What it counts.</param>
/// <param name="IsMonotonic">Whether it is a counter; else it goes up and down.</param>
/// <param name="Read">Reads it.</param>
internal sealed record MetricSource(string Name, string Unit, string Description, bool IsMonotonic, Func<MasterTotals, IEnumerable<MetricPoint>> Read)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricSource> All { get; } =
    [
        new("cluster.worker.count", "{worker}", "Workers by state.", IsMonotonic: false, ReadWorkers),
        new("cluster.worker.restarts", "{restart}", "Workers started in the place of one that had failed.", IsMonotonic: true, master => [new(master.Restarts)]),
        new("cluster.message.count", "{message}", "Messages to the workers; messages, output objects and records from them.", IsMonotonic: true,
            master => master.Traffic().SelectMany(slot => Both(slot.Slot, slot.Sent, slot.Received))),
        new("cluster.message.io", "By", "The bytes of their bodies.", IsMonotonic: true,
            master => master.Traffic().SelectMany(slot => Both(slot.Slot, slot.SentBytes, slot.ReceivedBytes))),
        new("cluster.queue.length", "{message}", "What was sent and not read yet: by the workers of a slot; by the master, records included.", IsMonotonic: false, ReadQueues),
        new("cluster.connection.accepted", "{connection}", "Connections that came in on the master's ports.", IsMonotonic: true, master => [new(master.Connections.Accepted)]),
        new("cluster.connection.queued", "{connection}", "Those of them that had to wait for a worker.", IsMonotonic: true, master => [new(master.Connections.Queued)]),
        new("cluster.connection.dropped", "{connection}", "Those that were closed because no worker took them in time.", IsMonotonic: true, master => [new(master.Connections.Dropped)]),
        new("cluster.connection.handed_over", "{connection}", "Those that the workers of a slot were given; one that a worker did not take counts again.", IsMonotonic: true,
            master => BySlot(master, counts => counts.HandedOver)),
        new("cluster.connection.untaken", "{connection}", "Those that the workers of a slot were given and have not taken.", IsMonotonic: false,
            master => BySlot(master, counts => counts.Untaken)),
        new("cluster.connection.waiting", "{connection}", "Those that wait for a worker.", IsMonotonic: false, master => [new(master.Connections.Waiting)]),
    ];

    /// <summary>The metric that is recorded: how long the master's requests took.</summary>
    public const string RequestDuration = "cluster.request.duration";

    /// <summary>What it counts.</summary>
    public const string RequestDescription = "From a request of the master to its answer.";

    private static IEnumerable<MetricPoint> ReadWorkers(MasterTotals master)
    {
        var states = master.Live().Select(worker => worker.State).ToArray();
        return Enum.GetValues<WorkerState>().Where(state => state < WorkerState.Exited)
            .Select(state => new MetricPoint(states.Count(other => other == state), State: state));
    }

    private static IEnumerable<MetricPoint> ReadQueues(MasterTotals master) =>
    [
        .. master.Live().Select(worker => worker.Connection).GroupBy(worker => worker.Slot).OrderBy(slot => slot.Key)
            .Select(slot => new MetricPoint(slot.Sum(worker => worker.Pending), slot.Key, Direction: MetricPoint.Transmit)),
        new MetricPoint(master.Unread, Direction: MetricPoint.Receive),
    ];

    /// <summary>Of all slots that ever had a worker, also those that serve no port.</summary>
    private static IEnumerable<MetricPoint> BySlot(MasterTotals master, Func<ConnectionCounts, IReadOnlyDictionary<int, long>> choose)
    {
        var counts = choose(master.Connections);
        return master.Traffic().Select(slot => new MetricPoint(counts.GetValueOrDefault(slot.Slot), slot.Slot));
    }

    private static MetricPoint[] Both(int slot, long sent, long received) =>
        [new(sent, slot, Direction: MetricPoint.Transmit), new(received, slot, Direction: MetricPoint.Receive)];
}
