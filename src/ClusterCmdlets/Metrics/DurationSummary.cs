namespace Cluster.Metrics;

/// <summary>What a <see cref="DurationHistogram"/> has counted. Quantiles are at most 3% too long. Immutable.</summary>
/// <param name="Count">How many.</param>
/// <param name="Sum">Together.</param>
/// <param name="P50">Half of them were not longer.</param>
/// <param name="P95">95% of them were not longer.</param>
/// <param name="P99">99% of them were not longer.</param>
/// <param name="Max">The longest.</param>
internal sealed record DurationSummary(long Count, TimeSpan Sum, TimeSpan P50, TimeSpan P95, TimeSpan P99, TimeSpan Max);
