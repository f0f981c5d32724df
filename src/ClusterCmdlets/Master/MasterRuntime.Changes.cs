using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.Master;

/// <content>What users change while it runs: its options, the number of its workers, and the workers themselves.</content>
internal sealed partial class MasterRuntime
{
    /// <summary>Changes the options for what comes later, says so, and starts or stops workers if their number is given.</summary>
    /// <param name="change">Gives the new options for the old ones.</param>
    /// <param name="workerCount">How many workers; null to leave them as they are.</param>
    /// <param name="reason">What was changed, in words.</param>
    /// <returns>The new workers, and the end of surplus ones.</returns>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public (IReadOnlyList<WorkerInstance> Started, Task Stopped) Reconfigure(
        Func<MasterOptions, MasterOptions> change, int? workerCount, string reason)
    {
        if (Workers.IsClosed)
        {
            throw Supervisor.Stopped;
        }

        _settings.Change(options => change(options) with { WorkerCount = workerCount ?? options.WorkerCount });
        Watch();
        OnEvent(ClusterEventName.Setup, null, reason);
        return workerCount is { } count ? Supervisor.Resize(count) : ([], Task.CompletedTask);
    }

    /// <summary>Replaces workers by fresh ones, which run the script file as it is now. Goes on if its caller does not wait for it.</summary>
    /// <param name="instances">The workers.</param>
    /// <param name="order">How.</param>
    /// <param name="cancellation">Gives up on those that are not ready yet.</param>
    /// <returns>What became of each.</returns>
    /// <exception cref="ClusterException">The script file is missing, not readable, or does not parse; nothing is started.</exception>
    public Task<IReadOnlyList<ReplacementResult>> RestartAsync(
        IReadOnlyList<WorkerInstance> instances, ReplacementOrder order, CancellationToken cancellation)
    {
        if (Options.Host.Paths.ScriptPath is { } script)
        {
            ScriptFile.Check(script, script);
        }

        return Supervisor.ReplaceAsync(instances, order, cancellation);
    }

    private void Watch()
    {
        Supervisor.Watch();
        Supervisor.Watch(ref _idleWatch, Options.IsPool && Options.IdleTimeout > TimeSpan.Zero, new IdleWatch(Supervisor, Maps).RunAsync);
    }
}
