using Cluster.Contracts;

namespace Cluster.Metrics;

/// <summary>One number of a metric, and what it is about.</summary>
/// <param name="Value">The number.</param>
/// <param name="Slot">The slot, or null for the whole master.</param>
/// <param name="State">The state of the workers that were counted, or null.</param>
/// <param name="Direction"><see cref="Transmit"/> or <see cref="Receive"/>, or null.</param>
internal readonly record struct MetricPoint(long Value, int? Slot = null, WorkerState? State = null, string? Direction = null)
{
    /// <summary>To the workers. The word is OpenTelemetry's.</summary>
    public const string Transmit = "transmit";

    /// <summary>From the workers. The word is OpenTelemetry's.</summary>
    public const string Receive = "receive";
}
