using Cluster.Objects;

namespace Cluster.Master;

/// <summary>
/// Replaces workers that have reached a limit of the recycle policy, one at a time. Memory and age can only be looked at,
/// which is done once a second while there is a limit; without one nothing runs.
/// </summary>
internal sealed class RecycleWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>After a failure the worker is kept for this time, and its script may be mended.</summary>
    private static readonly TimeSpan RetryTime = TimeSpan.FromSeconds(30);

    private readonly MasterCore _core;
    private readonly Dictionary<WorkerRun, TimeSpan> _failedAt = [];
    private Task<IReadOnlyList<Replaced>>? _replacing;

    /// <summary>Creates a watch.</summary>
    /// <param name="core">The master.</param>
    public RecycleWatch(MasterCore core)
    {
        _core = core;
    }

    /// <summary>Watches while the policy has a limit.</summary>
    /// <param name="stopping">Ends it.</param>
    /// <returns>Completes when there is nothing to watch any more. Never fails.</returns>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (_core.Options.Recycle.IsOn && await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                await NoteFailureAsync().ConfigureAwait(false);
                Check(_core.Options.Recycle);
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
        var live = _core.Workers.Live();
        foreach (var gone in _failedAt.Keys.Except(live).ToArray())
        {
            _failedAt.Remove(gone);
        }

        foreach (var run in live.Where(run => run.Ready.IsCompletedSuccessfully))
        {
            var memory = policy.MaxMemory is null ? 0 : run.Usage?.WorkingSet ?? 0;
            if (policy.IsExcessive(memory))
            {
                _core.OnEvent(ClusterEventName.Recycle, run.Worker, $"It uses {memory >> 20} MiB, far too much to wait for.");
                run.Kill(requested: false);
            }
            else if (MayBeReplaced(run) && policy.Exceeded(run.Channel.Read, memory, run.ReadyFor, run.Chance) is { } limit)
            {
                _core.OnEvent(ClusterEventName.Recycle, run.Worker, limit);
                _replacing = _core.Supervisor.ReplaceAsync([run], new ReplacementOrder { IsRecycling = true }, CancellationToken.None);
            }
        }
    }

    private bool MayBeReplaced(WorkerRun run) =>
        _replacing is null
        && run.Worker.State == WorkerState.Ready
        && (!_failedAt.TryGetValue(run, out var since) || run.ReadyFor - since >= RetryTime);
}
