using Cluster.Contracts;

namespace Cluster.Api;

/// <summary>
/// A number that a master has counted, as of the moment when it was read. The same numbers are in the meter <c>Cluster</c> of
/// <c>System.Diagnostics.Metrics</c>. Immutable.
/// </summary>
public sealed class ClusterMetric
{
    internal ClusterMetric()
    {
    }

    /// <summary>The master's name.</summary>
    public required string MasterName { get; init; }

    /// <summary>What was counted, by the conventions of OpenTelemetry.</summary>
    public required string Name { get; init; }

    /// <summary>The slot whose workers are meant; null for the whole master.</summary>
    public int? Slot { get; init; }

    /// <summary>The state of the workers that were counted, or null.</summary>
    public WorkerState? State { get; init; }

    /// <summary><c>transmit</c> to the workers, <c>receive</c> from them, or null.</summary>
    public string? Direction { get; init; }

    /// <summary>The number; of a duration the mean, null if there was none.</summary>
    public double? Value { get; init; }

    /// <summary>The unit, in UCUM: <c>{message}</c>, <c>By</c>, <c>s</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>Of a duration: how many there were; else null.</summary>
    public long? Count { get; init; }

    /// <summary>Of a duration: all of them together; else null.</summary>
    public double? Sum { get; init; }

    /// <summary>Of a duration: half of them were not longer, up to 3%; null if there was none.</summary>
    public double? P50 { get; init; }

    /// <summary>Of a duration: 95% of them were not longer, up to 3%; null if there was none.</summary>
    public double? P95 { get; init; }

    /// <summary>Of a duration: 99% of them were not longer, up to 3%; null if there was none.</summary>
    public double? P99 { get; init; }

    /// <summary>Of a duration: the longest; null if there was none.</summary>
    public double? Max { get; init; }

    /// <summary>What was counted, in words.</summary>
    public required string Description { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Value} {Unit}";
}
