using System.Management.Automation;
using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>
/// Replaces workers by fresh ones without a gap: the new one is ready before the old one gets no more messages, and the
/// old one finishes what it has. If the new one fails, the old one stays and no more are tried. Thread-safe.
/// </summary>
internal sealed class RollingReload
{
    private readonly Supervisor _supervisor;

    /// <summary>Creates it.</summary>
    /// <param name="supervisor">Makes and runs the workers.</param>
    public RollingReload(Supervisor supervisor)
    {
        _supervisor = supervisor;
    }

    /// <summary>Replaces workers, one after the other or some at once.</summary>
    /// <param name="instances">The workers.</param>
    /// <param name="order">How.</param>
    /// <param name="cancellation">Gives up on those that are not ready yet.</param>
    /// <returns>What became of each, in the order of the workers.</returns>
    public async Task<IReadOnlyList<ReplacementResult>> RunAsync(IReadOnlyList<WorkerInstance> instances, ReplacementOrder order, CancellationToken cancellation)
    {
        var results = instances.Select(instance => new ReplacementResult(instance, null, null)).ToArray();
        var underWay = new Dictionary<Task<ReplacementResult>, int>();
        var isAborted = false;
        for (var next = 0; ;)
        {
            while (next < instances.Count && underWay.Count < order.MaxSurge && !isAborted && !cancellation.IsCancellationRequested)
            {
                underWay.Add(ReplaceAsync(instances[next], order, cancellation), next);
                next++;
            }

            if (underWay.Count == 0)
            {
                return results;
            }

            var done = await Task.WhenAny(underWay.Keys).ConfigureAwait(false);
            underWay.Remove(done, out var index);
            results[index] = await done.ConfigureAwait(false);
            isAborted |= results[index].Error is { } error && error.ErrorId != ClusterErrorId.WorkerExited;
        }
    }

    /// <summary>Replaces one worker.</summary>
    /// <param name="old">The worker.</param>
    /// <param name="order">How.</param>
    /// <param name="cancellation">Gives up if the new one is not ready yet.</param>
    /// <returns>What became of it. Never fails.</returns>
    public async Task<ReplacementResult> ReplaceAsync(WorkerInstance old, ReplacementOrder order, CancellationToken cancellation)
    {
        if (old.Status.IsDead && old.Slot.Holder is { } holder && holder != old && !holder.Status.IsDead)
        {
            return new ReplacementResult(old, null, new ClusterException(
                ClusterErrorId.WorkerExited,
                ErrorCategory.InvalidOperation,
                $"Worker {old.Id} has exited and was replaced by worker {holder.Id}. Restart worker {holder.Id} instead.",
                old));
        }

        try
        {
            var fresh = await (old.State switch
            {
                WorkerState.WaitingRestart => StartNowAsync(old, cancellation),
                WorkerState.Exited or WorkerState.Failed => StartAnewAsync(old, cancellation),
                _ => TakeOverAsync(old, order, cancellation),
            }).ConfigureAwait(false);
            return new ReplacementResult(old, fresh, null);
        }
        catch (ClusterException exception)
        {
            _supervisor.Raise(ClusterEventName.ReloadAborted, old, exception.Message, exception.WorkerError ?? exception.ErrorRecord);
            return new ReplacementResult(old, null, exception);
        }
    }

    /// <summary>It waits for its start, and nobody need get ready beside it.</summary>
    private static async Task<WorkerInstance> StartNowAsync(WorkerInstance waiting, CancellationToken cancellation)
    {
        waiting.StartNow();
        await ReadyAsync(waiting, cancellation).ConfigureAwait(false);
        return waiting;
    }

    private async Task<WorkerInstance> StartAnewAsync(WorkerInstance ended, CancellationToken cancellation)
    {
        var fresh = _supervisor.Start(ended.Slot.Environment);
        ended.Slot.Hold(fresh);
        await ReadyAsync(fresh, cancellation).ConfigureAwait(false);
        return fresh;
    }

    private async Task<WorkerInstance> TakeOverAsync(WorkerInstance old, ReplacementOrder order, CancellationToken cancellation)
    {
        var fresh = _supervisor.StartBeside(old, order.ReadyTimeout);
        var failure = await TryReadyAsync(fresh, cancellation).ConfigureAwait(false);
        if (!old.Slot.EndReplacement(fresh, failure is null))
        {
            fresh.Kill(requested: true);
            await fresh.Exited.ConfigureAwait(false);
            throw Aborted(old, failure ?? new ClusterException(
                ClusterErrorId.WorkerExited, ErrorCategory.InvalidResult, $"Worker {fresh.Id} ended ({fresh.Status.Exit?.Reason}) before it could take over.", fresh));
        }

        if (failure is not null)
        {
            // The old one has ended meanwhile; the slot deals with this one as with any that fails.
            throw Aborted(old, failure);
        }

        _supervisor.Raise(ClusterEventName.Reload, fresh, $"It is ready and takes over from worker {old.Id}.");
        if (order.IsRecycling)
        {
            old.MarkRecycled();
        }

        await WorkerStop.StopAsync([old], order.Drain, CancellationToken.None).ConfigureAwait(false);
        return fresh;
    }

    private static async Task ReadyAsync(WorkerInstance fresh, CancellationToken cancellation)
    {
        if (await TryReadyAsync(fresh, cancellation).ConfigureAwait(false) is { } failure)
        {
            throw failure;
        }
    }

    private static async Task<ClusterException?> TryReadyAsync(WorkerInstance fresh, CancellationToken cancellation)
    {
        try
        {
            await fresh.Ready.WaitAsync(cancellation).ConfigureAwait(false);
            return null;
        }
        catch (ClusterException exception)
        {
            return exception;
        }
        catch (OperationCanceledException)
        {
            return new ClusterException(
                ClusterErrorId.ReloadAborted, ErrorCategory.OperationStopped, $"The wait for worker {fresh.Id} was cancelled.", fresh);
        }
    }

    private static ClusterException Aborted(WorkerInstance old, ClusterException failure) => new(
        ClusterErrorId.ReloadAborted,
        failure.Category,
        $"Worker {old.Id} was not replaced{(old.Status.IsDead ? string.Empty : " and stays")}. {failure.Message}",
        old,
        failure)
    {
        WorkerError = failure.WorkerError,
    };
}
