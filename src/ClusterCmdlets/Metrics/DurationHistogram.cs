using System.Numerics;

namespace Cluster.Metrics;

/// <summary>
/// Counts durations in buckets that are 3% wide, so that quantiles of any number of them take 9 KiB. From 100 ns to 30 hours;
/// longer ones count as that. Lock-free; thread-safe.
/// </summary>
internal sealed class DurationHistogram
{
    /// <summary>Buckets per power of two, as a power of two.</summary>
    private const int SubBits = 5;
    private const int TickBits = 40;
    private const long MostTicks = (1L << TickBits) - 1;

    private readonly long[] _counts = new long[IndexOf(MostTicks) + 1];
    private long _sum;
    private long _max;

    /// <summary>Counts a duration.</summary>
    /// <param name="duration">The duration; a negative one counts as zero.</param>
    public void Record(TimeSpan duration)
    {
        var ticks = Math.Clamp(duration.Ticks, 0, MostTicks);
        Interlocked.Increment(ref _counts[IndexOf(ticks)]);
        Interlocked.Add(ref _sum, ticks);
        long max;
        while (ticks > (max = Interlocked.Read(ref _max)))
        {
            Interlocked.CompareExchange(ref _max, ticks, max);
        }
    }

    /// <summary>What has been counted so far.</summary>
    /// <returns>The summary. Durations that are counted meanwhile may be in some of its numbers only.</returns>
    public DurationSummary Summarize()
    {
        var max = Interlocked.Read(ref _max);
        var sum = Interlocked.Read(ref _sum);
        var counts = new long[_counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Interlocked.Read(ref _counts[i]);
        }

        var count = counts.Sum();
        TimeSpan Quantile(double share) => TimeSpan.FromTicks(Math.Min(max, QuantileOf(counts, (long)Math.Ceiling(share * count))));
        return new DurationSummary(count, TimeSpan.FromTicks(sum), Quantile(0.50), Quantile(0.95), Quantile(0.99), TimeSpan.FromTicks(max));
    }

    private static long QuantileOf(long[] counts, long rank)
    {
        var seen = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            seen += counts[i];
            if (seen >= rank)
            {
                return LastOf(i);
            }
        }

        return MostTicks;
    }

    private static int IndexOf(long ticks)
    {
        var exponent = Math.Max(0, BitOperations.Log2((ulong)ticks) - SubBits);
        return (exponent << SubBits) + (int)(ticks >> exponent);
    }

    /// <summary>The longest duration of a bucket.</summary>
    private static long LastOf(int index)
    {
        var exponent = Math.Max(0, (index >> SubBits) - 1);
        return ((index - ((long)exponent << SubBits) + 1) << exponent) - 1;
    }
}
