using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>
/// The states of a worker and what leads from one to the next: the whole of it is the table below. What is not in
/// the table changes nothing, because the events that move a worker may cross. Pure.
/// </summary>
internal static class WorkerLifeCycle
{
    private static readonly Dictionary<(WorkerState, WorkerTrigger), WorkerState> Table = new()
    {
        [(WorkerState.WaitingRestart, WorkerTrigger.Start)] = WorkerState.Starting,
        [(WorkerState.WaitingRestart, WorkerTrigger.End)] = WorkerState.Exited,

        [(WorkerState.Starting, WorkerTrigger.Connect)] = WorkerState.Online,
        [(WorkerState.Starting, WorkerTrigger.Drain)] = WorkerState.Draining,
        [(WorkerState.Starting, WorkerTrigger.End)] = WorkerState.Exited,

        [(WorkerState.Online, WorkerTrigger.GetReady)] = WorkerState.Ready,
        [(WorkerState.Online, WorkerTrigger.Drain)] = WorkerState.Draining,
        [(WorkerState.Online, WorkerTrigger.End)] = WorkerState.Exited,

        [(WorkerState.Ready, WorkerTrigger.Drain)] = WorkerState.Draining,
        [(WorkerState.Ready, WorkerTrigger.End)] = WorkerState.Exited,

        [(WorkerState.Draining, WorkerTrigger.End)] = WorkerState.Exited,

        [(WorkerState.Exited, WorkerTrigger.GiveUp)] = WorkerState.Failed,
    };

    /// <summary>The state that follows.</summary>
    /// <param name="state">The present state.</param>
    /// <param name="trigger">What happens.</param>
    /// <returns>The next state; null if nothing changes.</returns>
    public static WorkerState? Next(WorkerState state, WorkerTrigger trigger) =>
        Table.TryGetValue((state, trigger), out var next) ? next : null;
}
