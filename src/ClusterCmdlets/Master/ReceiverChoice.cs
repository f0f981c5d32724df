using System.Management.Automation;
using Cluster.Objects;
using Cluster.Transport;

namespace Cluster.Master;

/// <summary>Chooses the worker for a message that any may have.</summary>
internal static class ReceiverChoice
{
    private static long _choices;

    /// <summary>
    /// The worker with the fewest unread messages and unanswered requests; of several the one that was not chosen for the
    /// longest time. One that takes over from another and is not
    /// ready yet comes last, because it may never be. While there are workers but none takes messages, such as after a
    /// crash, waits for the next one.
    /// </summary>
    /// <param name="core">The master.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The worker; null at the deadline.</returns>
    /// <exception cref="ClusterException">None is left.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static WorkerRun? LeastLoaded(MasterCore core, Deadline deadline, CancellationToken cancellation)
    {
        while (true)
        {
            var version = core.Workers.Version;
            var live = core.Workers.Live();
            var best = live.Where(run => run.Channel.IsAccepting).MinBy(run => (run.IsOnTrial, run.Channel.Load, run.ChosenAt));
            if (best is not null)
            {
                best.ChosenAt = Interlocked.Increment(ref _choices);
                return best;
            }

            if (live.Count == 0)
            {
                throw NoneLeft(core);
            }

            if (!core.Workers.WaitForChange(version, deadline, cancellation))
            {
                return null;
            }
        }
    }

    /// <summary>The workers that take messages.</summary>
    /// <param name="core">The master.</param>
    /// <returns>At least one.</returns>
    /// <exception cref="ClusterException">None is left.</exception>
    public static IReadOnlyList<WorkerRun> All(MasterCore core)
    {
        var open = core.Workers.Live().Where(run => run.Channel.IsAccepting).ToArray();
        return open.Length > 0 ? open : throw NoneLeft(core);
    }

    private static ClusterException NoneLeft(MasterCore core) => new(
        ClusterErrorId.WorkerExited, ErrorCategory.ConnectionError, $"The master '{core.Options.Name}' has no worker left that could receive.", core.Master);
}
