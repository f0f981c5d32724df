using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>
/// Replaces workers that have reached a limit of the recycle policy, one at a time. Memory and age can only be looked at,
/// which is done once a second while there is a limit; without one nothing runs.
/// </summary>
internal sealed class RecycleWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>After a failure the worker is kept for this time, and its script may be mended.</summary>
    private static readonly TimeSpan RetryTime = TimeSpan.FromSeconds(30);

    private readonly Supervisor _supervisor;
    private readonly Dictionary<WorkerInstance, TimeSpan> _failedAt = [];
    private Task<IReadOnlyList<ReplacementResult>>? _replacing;

    /// <summary>Creates a watch.</summary>
    /// <param name="supervisor">Has the workers, and replaces them.</param>
    public RecycleWatch(Supervisor supervisor)
    {
        _supervisor = supervisor;
    }

    /// <summary>Watches while the policy has a limit.</summary>
    /// <param name="stopping">Ends it.</param>
    /// <returns>Completes when there is nothing to watch any more. Never fails.</returns>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (_supervisor.Options.Recycle.IsOn && await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                await NoteFailureAsync().ConfigureAwait(false);
                Check(_supervisor.Options.Recycle);
            }
        }
        catch (OperationCanceledException)
        {
            // The master is being stopped.
        }
    }

    private async Task NoteFailureAsync()
    {
        if (_replacing is not { IsCompleted: true } done)
        {
            return;
        }

        _replacing = null;
        foreach (var result in await done.ConfigureAwait(false))
        {
            if (result.Fresh is null)
            {
                _failedAt[result.Old] = result.Old.ReadyFor;
            }
        }
    }

    private void Check(RecyclePolicy policy)
    {
        var live = _supervisor.Workers.Live();
        foreach (var gone in _failedAt.Keys.Except(live).ToArray())
        {
            _failedAt.Remove(gone);
        }

        foreach (var instance in live.Where(instance => instance.Ready.IsCompletedSuccessfully))
        {
            var memory = policy.MaxMemory is null ? 0 : instance.Usage?.WorkingSet ?? 0;
            if (policy.IsExcessive(memory))
            {
                _supervisor.Raise(ClusterEventName.Recycle, instance, $"It uses {memory >> 20} MiB, far too much to wait for.");
                instance.Kill(requested: false);
            }
            else if (MayBeReplaced(instance) && policy.Exceeded(instance.Connection.Tasks, memory, instance.ReadyFor, instance.JitterFactor) is { } limit)
            {
                _supervisor.Raise(ClusterEventName.Recycle, instance, limit);
                _replacing = _supervisor.ReplaceAsync([instance], new ReplacementOrder { IsRecycling = true }, CancellationToken.None);
            }
        }
    }

    private bool MayBeReplaced(WorkerInstance instance) =>
        _replacing is null
        && instance.State == WorkerState.Ready
        && (!_failedAt.TryGetValue(instance, out var since) || instance.ReadyFor - since >= RetryTime);
}
