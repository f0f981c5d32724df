using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Metrics;

namespace Cluster.Commands;

/// <summary>
/// <para>Reads what the masters of this session have counted since their start.</para>
/// <para>That is workers by state, restarts, messages and bytes, queues, connections, and how long requests took.</para>
/// </summary>
/// <remarks>
/// The meter <c>Cluster</c> of <c>System.Diagnostics.Metrics</c> gives the same numbers to OpenTelemetry and
/// <c>dotnet-counters</c>. Reading them costs the workers nothing.
/// </remarks>
/// <seealso cref="WatchClusterMasterCommand"/>
[Cmdlet(VerbsCommon.Get, "ClusterMetric")]
[OutputType(typeof(ClusterMetric))]
public sealed class GetClusterMetricCommand : ClusterCmdlet
{
    /// <summary>Names of metrics, such as <c>cluster.message.count</c>.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MetricNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The master or its name. Default: all masters of the session.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            foreach (var runtime in Master is null ? Masters() : [FindMaster(Master)])
            {
                WriteObject(Read(runtime).Where(IsWanted), enumerateCollection: true);
            }
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }

    private static IEnumerable<ClusterMetric> Read(MasterRuntime runtime)
    {
        foreach (var source in MetricSource.All)
        {
            foreach (var point in source.Read(runtime.Totals))
            {
                yield return new ClusterMetric
                {
                    MasterName = runtime.Name,
                    Name = source.Name,
                    Slot = point.Slot,
                    State = point.State,
                    Direction = point.Direction,
                    Value = point.Value,
                    Unit = source.Unit,
                    Description = source.Description,
                };
            }
        }

        yield return ReadRequests(runtime);
    }

    private static ClusterMetric ReadRequests(MasterRuntime runtime)
    {
        var times = runtime.Totals.RequestTimes.Summarize();
        double? Seconds(TimeSpan time) => times.Count == 0 ? null : time.TotalSeconds;
        return new ClusterMetric
        {
            MasterName = runtime.Name,
            Name = MetricSource.RequestDuration,
            Value = Seconds(times.Count == 0 ? default : times.Sum / times.Count),
            Unit = "s",
            Count = times.Count,
            Sum = times.Sum.TotalSeconds,
            P50 = Seconds(times.P50),
            P95 = Seconds(times.P95),
            P99 = Seconds(times.P99),
            Max = Seconds(times.Max),
            Description = MetricSource.RequestDescription,
        };
    }

    private bool IsWanted(ClusterMetric metric) =>
        Array.Exists(Name, name => new NamePattern(name).Matches(metric.Name));
}
