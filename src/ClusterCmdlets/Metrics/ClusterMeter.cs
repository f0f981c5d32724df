using System.Diagnostics.Metrics;

namespace Cluster.Metrics;

/// <summary>
/// The meter <c>Cluster</c>, by which OpenTelemetry and <c>dotnet-counters</c> see the masters of this process. One for the life
/// of the process, from its first master on. Thread-safe.
/// </summary>
internal static class ClusterMeter
{
    private static volatile Func<IEnumerable<MasterTotals>> _masters = () => [];

    private const string MasterTag = "cluster.name";
    private static readonly Meter Meter = new("Cluster", typeof(ClusterMeter).Assembly.GetName().Version?.ToString(3));

    private static readonly Histogram<double> RequestDuration = Meter.CreateHistogram<double>(
        MetricSource.RequestDuration, "s", MetricSource.RequestDescription);

    static ClusterMeter()
    {
        foreach (var source in MetricSource.All)
        {
            if (source.IsMonotonic)
            {
                Meter.CreateObservableCounter(source.Name, () => Observe(source), source.Unit, source.Description);
            }
            else
            {
                Meter.CreateObservableUpDownCounter(source.Name, () => Observe(source), source.Unit, source.Description);
            }
        }
    }

    /// <summary>Makes the meter known, if it is not yet.</summary>
    /// <param name="masters">Gives what the masters of this process have counted; asked at every look.</param>
    public static void Start(Func<IEnumerable<MasterTotals>> masters) => _masters = masters;

    /// <summary>A request of a master has been answered.</summary>
    /// <param name="master">The master's name.</param>
    /// <param name="time">How long it took.</param>
    public static void RecordRequest(string master, TimeSpan time) =>
        RequestDuration.Record(time.TotalSeconds, new KeyValuePair<string, object?>(MasterTag, master));

    /// <summary>Masters of several sessions may have the same name: to a listener they are one.</summary>
    private static IEnumerable<Measurement<long>> Observe(MetricSource source) =>
        _masters()
            .SelectMany(master => source.Read(master).Select(point => (master.Name, Point: point)))
            .GroupBy(item => (item.Name, Key: item.Point with { Value = 0 }))
            .Select(group => new Measurement<long>(group.Sum(item => item.Point.Value), TagsOf(group.Key.Name, group.Key.Key)));

    private static List<KeyValuePair<string, object?>> TagsOf(string master, MetricPoint point)
    {
        var tags = new List<KeyValuePair<string, object?>> { new(MasterTag, master) };
        if (point.Slot is { } slot)
        {
            tags.Add(new("worker.slot", slot));
        }

        if (point.State is { } state)
        {
#pragma warning disable CA1308 // Not for a comparison: such values are written in lower case.
            tags.Add(new("worker.state", state.ToString().ToLowerInvariant()));
#pragma warning restore CA1308
        }

        if (point.Direction is { } direction)
        {
            tags.Add(new("network.io.direction", direction));
        }

        return tags;
    }
}
