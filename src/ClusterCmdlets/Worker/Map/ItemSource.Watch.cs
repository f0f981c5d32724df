using System.Diagnostics;
using Cluster.Protocol;

namespace Cluster.Worker.Map;

/// <content>What others do with the items that run: the watch, and those who end a map or the worker.</content>
internal sealed partial class ItemSource
{
    /// <summary>Sends what is due, and gives back the items behind one that takes long.</summary>
    /// <param name="now">The time.</param>
    /// <param name="longTicks">What is long.</param>
    /// <returns>Whether nothing can be begun here soon.</returns>
    public bool Look(long now, long longTicks)
    {
        lock (gate)
        {
            if (results.IsDue(now))
            {
                results.TryFlush();
            }

            var isLong = _batch is { IsEnd: false } && now - _since >= longTicks;
            if (isLong)
            {
                // The first item stays while a begin block runs, which would take as long in another worker.
                Cut(Math.Max(1, _position + 1));
            }

            return isLong || _isAbandoned;
        }
    }

    /// <summary>Gives the item up if it has run for too long: it has ended for the master, whatever it still does.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether it is to be stopped.</returns>
    public bool TimeOut(long now)
    {
        lock (gate)
        {
            var timeout = _map is null ? 0 : _map.Definition.ItemTimeoutMs;
            if (timeout == 0 || !_isRunning || _isAbandoned || results.IsWaiting
                || TicksToTime(now - _since - (results.WaitedTicks - _waitedBefore)).TotalMilliseconds < timeout)
            {
                return false;
            }

            Cut(_position + 1);
            EndItem(MapItemOutcome.TimedOut, now);
            EndBatch(mayWait: false);
            Abandon(now);
            return true;
        }
    }

    /// <summary>Gives everything up; nothing more is sent.</summary>
    /// <param name="map">The map of which that holds; null for any. It may have come to another one meanwhile.</param>
    /// <returns>Whether that is its map.</returns>
    public bool Abandon(WorkerMap? map)
    {
        lock (gate)
        {
            if (map is not null && map != _map)
            {
                return false;
            }

            Abandon(Stopwatch.GetTimestamp());
            return true;
        }
    }

    /// <summary>Since when an item was given up that has not ended.</summary>
    /// <returns>The time, or null.</returns>
    public long? AbandonedAt()
    {
        lock (gate)
        {
            return _isAbandoned ? _abandonedAt : null;
        }
    }

    /// <summary>No other item is to be begun.</summary>
    public void CutRest()
    {
        lock (gate)
        {
            Cut(_position + 1);
        }
    }

    /// <summary>The master has taken results.</summary>
    /// <param name="taken">Of which batch, and how many bytes.</param>
    public void Take(in MapNumbers taken)
    {
        lock (gate)
        {
            results.Take(taken);
        }
    }

    private static TimeSpan TicksToTime(long ticks) => new((long)(ticks * ((double)TimeSpan.TicksPerSecond / Stopwatch.Frequency)));

    /// <summary>Gives back the items from a position on, behind the results of those before.</summary>
    private void Cut(int position)
    {
        if (_batch is { IsEnd: false } batch && !_isAbandoned && position < _limit)
        {
            results.FlushNow();
            _limit = position;
            link.SendControl(ControlKind.MapReturn, new MapNumbers(batch.Correlation, position).Write());
        }
    }

    private void Abandon(long now)
    {
        if (!_isAbandoned)
        {
            _isAbandoned = true;
            _abandonedAt = now;
            _isRunning = false;
            _batch = null;
            results.Mute();
        }
    }

    private void Clear()
    {
        _isAbandoned = false;
        _isRunning = false;
        _batch = null;
        results.Reset();
    }
}
