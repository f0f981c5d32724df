using System.Diagnostics;
using Cluster.Contracts;

namespace Cluster.Transport;

/// <summary>
/// The wait of a thread that reads a pipe inline. It polls before it sleeps where that pays, since being woken by the
/// system takes as long as many answers do. Where other programs need the processors, polling is in vain and uses up the
/// time that the answer needs: each time, twice as many short waits must come before it is tried again.
/// </summary>
/// <param name="pipe">The pipe; stays the caller's to dispose.</param>
/// <remarks>One thread at a time.</remarks>
internal sealed class InlineWait(IPipeReadiness pipe)
{
    /// <summary>So many short waits in a row are asked for at most.</summary>
    private const int MostShortWaits = 1024;

    /// <summary>How long it polls: 100 us. Not with a single processor, where that would keep the other side from running.</summary>
    private static readonly long PollTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 10_000 : 0;

    /// <summary>A wait that is shorter than this counts as short.</summary>
    private static readonly long ShortTicks = PollTicks * 3;

    private int _shortWaits;
    private int _shortWaitsToPoll = 1;

    /// <summary>Waits until there is something to read, the end included.</summary>
    /// <param name="deadline">When to give up.</param>
    /// <returns>False when the time is over or the wait was interrupted.</returns>
    public bool WaitReadable(Deadline deadline)
    {
        if (_shortWaits >= _shortWaitsToPoll)
        {
            if (Poll())
            {
                _shortWaitsToPoll = 1;
                return true;
            }

            _shortWaits = 0;
            _shortWaitsToPoll = Math.Min(_shortWaitsToPoll * 2, MostShortWaits);
        }

        var start = Stopwatch.GetTimestamp();
        var isReadable = pipe.WaitReadable(deadline.Remaining);
        var isShort = isReadable && Stopwatch.GetTimestamp() - start < ShortTicks;
        _shortWaits = isShort ? Math.Min(_shortWaits + 1, MostShortWaits) : 0;
        return isReadable;
    }

    private bool Poll()
    {
        var end = Stopwatch.GetTimestamp() + PollTicks;
        while (Stopwatch.GetTimestamp() < end)
        {
            if (pipe.WaitReadable(TimeSpan.Zero))
            {
                return true;
            }

            // The thread that is to answer may need this processor.
            Thread.Yield();
        }

        return false;
    }
}
