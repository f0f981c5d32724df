using Cluster.Objects;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Master;

/// <summary>The end of workers in steps: they finish, their pipelines are stopped, they are killed.</summary>
internal static class WorkerStop
{
    /// <summary>How long a worker that is not wanted any more may finish what it has, unless the user says another time.</summary>
    public static readonly TimeSpan PatientDrain = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan StopPipelineTime = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Stops workers: lets them finish, stops the pipeline of those that do not, kills the rest. Harmless for workers that
    /// are being stopped already or have exited.
    /// </summary>
    /// <param name="runs">The workers.</param>
    /// <param name="drain">How long they may finish; null kills at once.</param>
    /// <param name="hurry">Ends the waits: what is left is killed.</param>
    /// <returns>Completes when they are gone.</returns>
    public static async Task StopAsync(IReadOnlyList<WorkerRun> runs, TimeSpan? drain, CancellationToken hurry)
    {
        if (drain is { } time)
        {
            await StepAsync(runs, StopMode.Drain, time, hurry).ConfigureAwait(false);
            await StepAsync(runs, StopMode.StopPipeline, StopPipelineTime, hurry).ConfigureAwait(false);
        }

        var rest = Left(runs);
        foreach (var run in rest)
        {
            run.Kill(requested: true);
        }

        await Task.WhenAll(rest.Select(run => run.Exited)).ConfigureAwait(false);
    }

    /// <summary>
    /// Stops workers whose master ends: stops their pipelines, so that <c>finally</c> blocks run for a short while, and kills
    /// what is left. Those without a connection have run nothing yet and are killed at once.
    /// </summary>
    /// <param name="runs">The workers.</param>
    /// <returns>Completes when they are gone.</returns>
    public static async Task EndAsync(IReadOnlyList<WorkerRun> runs)
    {
        var unconnected = runs.Where(run => run.Worker.State is WorkerState.WaitingRestart or WorkerState.Starting).ToArray();
        foreach (var run in unconnected)
        {
            run.Kill(requested: true);
        }

        await StepAsync([.. runs.Except(unconnected)], StopMode.StopPipeline, GracePeriod.Time, CancellationToken.None).ConfigureAwait(false);
        await StopAsync(runs, drain: null, CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task StepAsync(IReadOnlyList<WorkerRun> runs, StopMode mode, TimeSpan time, CancellationToken hurry)
    {
        var left = Left(runs);
        if (left.Count == 0 || hurry.IsCancellationRequested)
        {
            return;
        }

        foreach (var run in left)
        {
            run.RequestStop(mode);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(hurry);
        await Task.WhenAny(Task.WhenAll(left.Select(run => run.Exited)), Task.Delay(Deadline.ForTimer(time), stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    private static List<WorkerRun> Left(IReadOnlyList<WorkerRun> runs) => [.. runs.Where(run => !run.Exited.IsCompleted)];
}
