using Cluster.Metrics;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Metrics;

/// <summary>Quantiles against those of a sorted list.</summary>
public sealed class DurationHistogramTests
{
    [Property(MaxTest = 300)]
    public void Quantiles_are_never_too_short_and_at_most_3_percent_too_long(uint[] ticks)
    {
        var times = ticks.Append(1u).Select(tick => (long)tick * 1000).Order().ToArray();
        var summary = Summarize(times);
        Assert.Equal(times.Length, summary.Count);
        Assert.Equal(times.Sum(), summary.Sum.Ticks);
        Assert.Equal(times[^1], summary.Max.Ticks);
        foreach (var (share, quantile) in new[] { (0.50, summary.P50), (0.95, summary.P95), (0.99, summary.P99) })
        {
            var exact = times[(int)Math.Ceiling(share * times.Length) - 1];
            Assert.InRange(quantile.Ticks, exact, exact + (exact / 32));
        }
    }

    [Fact]
    public void Short_durations_are_exact()
    {
        for (var ticks = 0L; ticks < 64; ticks++)
        {
            Assert.Equal(ticks, Summarize(ticks).P50.Ticks);
        }
    }

    [Fact]
    public void Nothing_has_no_duration() => Assert.Equal(new DurationSummary(0, default, default, default, default, default), Summarize());

    [Fact]
    public void Impossible_durations_count_as_the_nearest_possible_one()
    {
        Assert.Equal(TimeSpan.Zero, Summarize(-5).Max);
        var longest = Summarize(long.MaxValue);
        Assert.InRange(longest.Max.TotalHours, 30, 31);
        Assert.Equal(longest.Max, longest.P50);
    }

    [Fact]
    public void Nothing_is_lost_when_many_threads_count()
    {
        var histogram = new DurationHistogram();
        Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                histogram.Record(TimeSpan.FromTicks(thread + 1));
            }
        });
        Assert.Equal(200_000, histogram.Summarize().Count);
        Assert.Equal(500_000, histogram.Summarize().Sum.Ticks);
        Assert.Equal(4, histogram.Summarize().Max.Ticks);
    }

    private static DurationSummary Summarize(params long[] ticks)
    {
        var histogram = new DurationHistogram();
        foreach (var tick in ticks)
        {
            histogram.Record(TimeSpan.FromTicks(tick));
        }

        return histogram.Summarize();
    }
}
