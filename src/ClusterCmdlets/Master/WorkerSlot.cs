using System.Diagnostics;
using Cluster.Objects;

namespace Cluster.Master;

/// <summary>
/// A place among a master's workers: has one worker run after the other in it, as the restart policy says. Its history
/// has one writer, the end of the worker that holds the slot. Thread-safe.
/// </summary>
internal sealed class WorkerSlot
{
    private readonly object _gate = new();
    private readonly Supervisor _supervisor;
    private RestartHistory _history = RestartHistory.Empty;
    private WorkerRun? _holder;

    /// <summary>Creates an empty slot.</summary>
    /// <param name="supervisor">Makes workers and is told what is decided.</param>
    /// <param name="environment">Variables for the workers of this slot only; null removes one.</param>
    public WorkerSlot(Supervisor supervisor, IReadOnlyDictionary<string, string?> environment)
    {
        _supervisor = supervisor;
        Environment = environment;
    }

    /// <summary>Variables for the workers of this slot only; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; }

    /// <summary>Gives the slot to a worker.</summary>
    /// <param name="run">The worker.</param>
    public void Hold(WorkerRun run)
    {
        lock (_gate)
        {
            _holder = run;
        }
    }

    /// <summary>Runs a worker and its successors until there is none.</summary>
    /// <param name="first">The first worker.</param>
    /// <returns>Completes when the last one has exited. Never fails.</returns>
    public static async Task RunAsync(WorkerRun first)
    {
        var delay = TimeSpan.Zero;
        for (WorkerRun? run = first; run is not null; run = run.Successor)
        {
            await run.RunAsync(delay).ConfigureAwait(false);
            delay = run.Verdict?.Delay ?? TimeSpan.Zero;
        }
    }

    /// <summary>A worker is about to be gone: decides who comes after it.</summary>
    /// <param name="run">The worker.</param>
    /// <param name="exit">How it ended.</param>
    public void OnEnding(WorkerRun run, WorkerExit exit)
    {
        lock (_gate)
        {
            if (_holder != run || _supervisor.IsStopping)
            {
                return;
            }

            run.Verdict = _supervisor.RestartPolicy.Decide(
                _history, exit, run.ReadyFor, Stopwatch.GetElapsedTime(0), Random.Shared.NextDouble());
            _history = run.Verdict.History;
            if (run.Verdict.Kind == RestartDecisionKind.Restart)
            {
                run.Successor = _supervisor.AddRestart(run, run.Verdict.Delay);
                _holder = run.Successor;
            }
        }
    }

    /// <summary>A worker is gone: tells what was decided.</summary>
    /// <param name="run">The worker.</param>
    /// <param name="failure">Why it never was ready, or null.</param>
    public void OnEnded(WorkerRun run, ClusterException? failure)
    {
        switch (run.Verdict?.Kind)
        {
            case RestartDecisionKind.Restart when run.Successor is { } successor:
                _supervisor.Tell(ClusterEventName.Restart, successor.Worker, $"{run.Verdict.Reason} Worker {run.Worker.Id} ended: {run.Worker.ExitReason}.");
                break;
            case RestartDecisionKind.GiveUp:
                run.Worker.Advance(WorkerTrigger.GiveUp);
                var reason = failure is null ? run.Verdict.Reason : $"{run.Verdict.Reason} {failure.Message}";
                _supervisor.Tell(ClusterEventName.GaveUp, run.Worker, reason, failure?.WorkerError ?? failure?.ErrorRecord ?? run.Worker.LastError);
                break;
        }
    }
}
