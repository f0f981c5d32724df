using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Cluster.Worker.Map;

/// <summary>
/// Looks at the items that run, some ten times in a second and only while there are maps: what they have written leaves, others get what is behind
/// one that takes long, and one that takes too long is given up.
/// </summary>
/// <param name="host">The maps.</param>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class MapWatch(MapHost host)
{
    /// <summary>What runs for so long holds up what is behind it.</summary>
    private static readonly long LongTicks = Stopwatch.Frequency / 20;

    /// <summary>What does not stop for so long is native code.</summary>
    private static readonly long StopTicks = 2 * Stopwatch.Frequency;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    private Timer? _timer;
    private int _isLooking;

    /// <summary>Begins, if it has not begun. Under the lock of the maps.</summary>
    public void Start() => _timer ??= new Timer(_ => Look(), null, Period, Period);

    /// <summary>Ends. Under the lock of the maps.</summary>
    public void Stop()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private void Look()
    {
        // The look before may still be at it on a busy machine.
        if (Interlocked.Exchange(ref _isLooking, 1) != 0)
        {
            return;
        }

        try
        {
            var now = Stopwatch.GetTimestamp();
            foreach (var (map, runners) in host.Look())
            {
                var busy = 0;
                foreach (var runner in runners)
                {
                    runner.TimeOut(now);
                    busy += runner.Source.Look(now, LongTicks) ? 1 : 0;
                    if (now - runner.Source.AbandonedAt() >= StopTicks)
                    {
                        host.ReportStuck();
                    }
                }

                if (busy > 0 && busy == runners.Length)
                {
                    host.GiveBack(map);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }
}
