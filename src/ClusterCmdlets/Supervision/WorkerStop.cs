using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Supervision;

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
    /// <param name="instances">The workers.</param>
    /// <param name="drain">How long they may finish; null kills at once.</param>
    /// <param name="killNow">Ends the waits: what is left is killed.</param>
    /// <returns>Completes when they are gone.</returns>
    public static async Task StopAsync(IReadOnlyList<WorkerInstance> instances, TimeSpan? drain, CancellationToken killNow)
    {
        if (drain is { } time)
        {
            await StepAsync(instances, StopMode.Drain, time, killNow).ConfigureAwait(false);
            await StepAsync(instances, StopMode.StopPipeline, StopPipelineTime, killNow).ConfigureAwait(false);
        }

        var rest = Left(instances);
        foreach (var instance in rest)
        {
            instance.Kill(requested: true);
        }

        await Task.WhenAll(rest.Select(instance => instance.Exited)).ConfigureAwait(false);
    }

    /// <summary>
    /// Stops workers whose master ends: stops their pipelines, so that <c>finally</c> blocks run for a short while, and kills
    /// what is left. Those without a connection have run nothing yet and are killed at once.
    /// </summary>
    /// <param name="instances">The workers.</param>
    /// <returns>Completes when they are gone.</returns>
    public static async Task EndAsync(IReadOnlyList<WorkerInstance> instances)
    {
        var unconnected = instances.Where(instance => instance.State is WorkerState.WaitingRestart or WorkerState.Starting).ToArray();
        foreach (var instance in unconnected)
        {
            instance.Kill(requested: true);
        }

        await StepAsync([.. instances.Except(unconnected)], StopMode.StopPipeline, GracePeriod.Time, CancellationToken.None).ConfigureAwait(false);
        await StopAsync(instances, drain: null, CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task StepAsync(IReadOnlyList<WorkerInstance> instances, StopMode mode, TimeSpan time, CancellationToken killNow)
    {
        var left = Left(instances);
        if (left.Count == 0 || killNow.IsCancellationRequested)
        {
            return;
        }

        foreach (var instance in left)
        {
            instance.RequestStop(mode);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(killNow);
        await Task.WhenAny(Task.WhenAll(left.Select(instance => instance.Exited)), Task.Delay(Deadline.ForTimer(time), stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    private static List<WorkerInstance> Left(IReadOnlyList<WorkerInstance> instances) => [.. instances.Where(instance => !instance.Exited.IsCompleted)];
}
