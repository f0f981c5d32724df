using System.Diagnostics;

namespace Cluster.Transport;

/// <summary>A point on the monotonic clock by which something must have happened.</summary>
internal readonly struct Deadline
{
    /// <summary>The longest time that the waits and timers of .NET accept: 24 days.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly long _end;

    private Deadline(long end)
    {
        _end = end;
    }

    /// <summary>A deadline that never passes.</summary>
    public static Deadline Never { get; } = new(long.MaxValue);

    /// <summary>Whether the point has passed.</summary>
    public bool HasPassed => _end != long.MaxValue && Stopwatch.GetTimestamp() >= _end;

    /// <summary>
    /// The time that is left, at most the longest time of one wait; <see cref="Timeout.InfiniteTimeSpan"/> when there is no end.
    /// </summary>
    public TimeSpan Remaining
    {
        get
        {
            if (_end == long.MaxValue)
            {
                return Timeout.InfiniteTimeSpan;
            }

            var ticks = _end - Stopwatch.GetTimestamp();

            // Rounded up to a millisecond, the unit of the waits, so that no wait ends just before the deadline.
            return ticks <= 0 ? TimeSpan.Zero : ForTimer(TimeSpan.FromMilliseconds(Math.Ceiling(ticks * 1000.0 / Stopwatch.Frequency)));
        }
    }

    /// <summary>Shortens a time that users may give for a timer of .NET, which refuses more than some weeks.</summary>
    /// <param name="span">The time.</param>
    /// <returns>The time, at most 24 days.</returns>
    public static TimeSpan ForTimer(TimeSpan span) => span < Longest ? span : Longest;

    /// <summary>A deadline from now.</summary>
    /// <param name="span">The distance; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <returns>The deadline.</returns>
    public static Deadline After(TimeSpan span) =>
        span == Timeout.InfiniteTimeSpan
            ? Never
            : new Deadline(Stopwatch.GetTimestamp() + (long)(span.TotalSeconds * Stopwatch.Frequency));
}
