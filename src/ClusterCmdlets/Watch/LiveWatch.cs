using Cluster.Contracts;
using Cluster.Master;

namespace Cluster.Watch;

/// <summary>
/// The live view: shows the master when something has happened, when the time is over, when a key was pressed, and when the
/// terminal has another size. For the pipeline thread, which looks for keys every 50 ms and does all of it.
/// </summary>
/// <param name="runtime">The master.</param>
/// <param name="screen">Where it is shown.</param>
/// <param name="interval">The longest time between two refreshes.</param>
internal sealed class LiveWatch(MasterRuntime runtime, IWatchScreen screen, TimeSpan interval)
{
    /// <summary>How long a key waits at most.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private readonly WatchFeed _feed = new(runtime, interval);

    /// <summary>Shows the master until the user leaves the view or the master has stopped.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was shown last if the master has stopped; null if the user has left.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public WatchSnapshot? Run(CancellationToken cancellation)
    {
        var actions = new WatchActions(runtime);
        try
        {
            return Run(new WatchController(actions), cancellation);
        }
        finally
        {
            // The pipeline thread is not in a synchronisation context, and what is awaited was cancelled.
#pragma warning disable VSTHRD002
            actions.DisposeAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
    }

    private WatchSnapshot? Run(WatchController controller, CancellationToken cancellation)
    {
        var snapshot = _feed.Read();
        var due = Deadline.After(interval);
        while (true)
        {
            screen.Show(controller.View(snapshot));
            if (snapshot.State == ClusterMasterState.Stopped)
            {
                return snapshot;
            }

            while (!IsDue(due) && !screen.IsResized && !controller.TakeResults() && !Press(controller, snapshot))
            {
                if (_feed.Wait(Slice < due.Remaining ? Slice : due.Remaining, cancellation))
                {
                    due = Deadline.Earlier(due, Deadline.After(WatchFeed.BurstTime));
                }
            }

            if (controller.IsLeft)
            {
                return null;
            }

            if (IsDue(due))
            {
                (snapshot, due) = (_feed.Read(), Deadline.After(interval));
            }
        }
    }

    private bool IsDue(Deadline due) => due.HasPassed || _feed.HasEnded;

    private bool Press(WatchController controller, WatchSnapshot snapshot)
    {
        var isPressed = false;
        while (!controller.IsLeft && screen.ReadKey() is { } key)
        {
            controller.Press(key, snapshot);
            isPressed = true;
        }

        return isPressed;
    }
}
