using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>Chooses the worker for a message that any may have.</summary>
internal static class LeastLoadedRouter
{
    private static long _choices;

    /// <summary>
    /// The worker with the fewest unread messages and unanswered requests; of several the one that was not chosen for the
    /// longest time. One that takes over from another and is not
    /// ready yet comes last, because it may never be. While there are workers but none takes messages, such as after a
    /// crash, waits for the next one.
    /// </summary>
    /// <param name="runtime">The master.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The worker; null at the deadline.</returns>
    /// <exception cref="ClusterException">None is left.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static WorkerInstance? LeastLoaded(MasterRuntime runtime, Deadline deadline, CancellationToken cancellation)
    {
        while (true)
        {
            var version = runtime.Workers.Version;
            var live = runtime.Workers.Live();
            var best = live.Where(instance => instance.Connection.IsAccepting).MinBy(instance => (instance.IsUnprovenReplacement, instance.Connection.Load, instance.ChosenAt));
            if (best is not null)
            {
                best.ChosenAt = Interlocked.Increment(ref _choices);
                return best;
            }

            if (live.Count == 0)
            {
                throw NoneLeft(runtime);
            }

            if (!runtime.Workers.WaitForChange(version, deadline, cancellation))
            {
                return null;
            }
        }
    }

    /// <summary>The workers that take messages.</summary>
    /// <param name="runtime">The master.</param>
    /// <returns>At least one.</returns>
    /// <exception cref="ClusterException">None is left.</exception>
    public static IReadOnlyList<WorkerInstance> All(MasterRuntime runtime)
    {
        var open = runtime.Workers.Live().Where(instance => instance.Connection.IsAccepting).ToArray();
        return open.Length > 0 ? open : throw NoneLeft(runtime);
    }

    private static ClusterException NoneLeft(MasterRuntime runtime) => new(
        ClusterErrorId.WorkerExited, ErrorCategory.ConnectionError, $"The master '{runtime.Name}' has no worker left that could receive.", runtime.Name);
}
