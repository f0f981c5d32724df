using Cluster.Contracts;
using Cluster.Events;
using Cluster.Master;

namespace Cluster.Watch;

/// <summary>
/// What is shown of a master, and the wait for something new. Reads the events with a cursor of its own: they stay unread for
/// <c>Receive-ClusterEvent</c>. Not thread-safe.
/// </summary>
/// <param name="runtime">The master.</param>
/// <param name="period">The time over which rates are measured.</param>
internal sealed class WatchFeed(MasterRuntime runtime, TimeSpan period)
{
    /// <summary>Events come in bursts; what they changed is shown once for each.</summary>
    public static readonly TimeSpan BurstTime = TimeSpan.FromMilliseconds(100);

    /// <summary>The events that are kept: more than fit a screen are of no use.</summary>
    private const int MaxEvents = 50;

    private readonly EventCursor _cursor = runtime.Events.Open();
    private readonly WatchSampler _sampler = new(period);
    private readonly Queue<WatchEvent> _recent = [];

    /// <summary>Whether the master has stopped: nothing more will happen.</summary>
    public bool HasEnded => runtime.State == ClusterMasterState.Stopped;

    /// <summary>What is to be shown now.</summary>
    /// <returns>The snapshot.</returns>
    public WatchSnapshot Read()
    {
        // The state first: what is shown of a master that has stopped has its last events.
        var sample = MasterSample.Of(runtime);
        while (runtime.Events.TryRead(_cursor, names: null) is { } happened)
        {
            Keep(happened);
        }

        return _sampler.Next(sample, [.. _recent]);
    }

    /// <summary>Waits until something happens that was not read yet, or nothing more can.</summary>
    /// <param name="time">The longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether something has happened.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool Wait(TimeSpan time, CancellationToken cancellation)
    {
        if (runtime.Events.Read(_cursor, names: null, Deadline.After(time), cancellation) is not { } happened)
        {
            return false;
        }

        Keep(happened);
        return true;
    }

    private void Keep(EventEntry happened)
    {
        _recent.Enqueue(WatchEvent.Of(happened));
        if (_recent.Count > MaxEvents)
        {
            _recent.Dequeue();
        }
    }
}
