using System.Globalization;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>
/// <para>Replaces workers with new ones, which use the master's present settings and the script file as it is now. Each new
/// worker is ready before the old one stops getting messages; the old one finishes the messages and requests that it
/// has.</para>
/// <para>If a new worker fails or is not ready in time, it is killed, the old one stays, and the command stops there. If the
/// script file does not parse, nothing is started.</para>
/// <para>A worker that waits for its restart is started at once; one that has exited without a successor is replaced.</para>
/// </summary>
/// <remarks>
/// The new worker takes over the slot and has an id of its own. Listeners stay open, also when there is only one worker. The
/// events are <c>Reload</c> and <c>ReloadAborted</c>.
/// </remarks>
/// <seealso cref="SetClusterMasterCommand"/>
/// <seealso cref="SetWorkerReadyCommand"/>
[Cmdlet(VerbsLifecycle.Restart, "ClusterWorker", SupportsShouldProcess = true)]
[OutputType(typeof(ClusterWorker))]
public sealed class RestartClusterWorkerCommand : ClusterCmdlet
{
    private readonly List<WorkerInstance> _instances = [];

    /// <summary>Workers, their ids or ranges of them (<c>1..4</c>), slots (<c>slot:0</c>), or wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [NumberRange]
    public WorkerTarget[] Worker { get; set; } = [];

    /// <summary>How many workers are replaced at the same time; each needs one more process meanwhile. Default: 1.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int MaxSurge { get; set; } = 1;

    /// <summary>
    /// How long a new worker may take to be ready, in seconds. Default: the master's <c>-StartupTimeoutSec</c>.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.001, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>How long an old worker may take to finish its work, in seconds; then it is stopped. Default: 30.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double DrainTimeoutSec { get; set; } = WorkerStop.PatientDrain.TotalSeconds;

    /// <summary>Writes the new workers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var target in Worker)
        {
            try
            {
                _instances.AddRange(FindWorkers(target, Master).Where(instance => ShouldProcess(instance.ToString())));
            }
            catch (ClusterException exception)
            {
                Report(exception);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var master in _instances.Distinct().GroupBy(MasterRuntime.Of))
        {
            try
            {
                Restart(master.Key, [.. master]);
            }
            catch (ClusterException exception)
            {
                Report(exception);
            }
        }
    }

    private void Restart(MasterRuntime runtime, IReadOnlyList<WorkerInstance> instances)
    {
        var replacing = runtime.RestartAsync(
            instances,
            new ReplacementOrder
            {
                MaxSurge = MaxSurge,
                ReadyTimeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : null,
                Drain = TimeSpan.FromSeconds(DrainTimeoutSec),
            },
            StopToken);
        var progress = PacedProgress.For(this, $"Restarting workers of {runtime.Name}");
        try
        {
            WaitFor(replacing, progress, instances.Count, () => instances.Count(instance => instance.Status.IsDead), "are replaced");
        }
        finally
        {
            progress?.Complete();
        }

#pragma warning disable VSTHRD002 // It has completed.
        Tell(replacing.Result);
#pragma warning restore VSTHRD002
    }

    private void Tell(IReadOnlyList<ReplacementResult> results)
    {
        foreach (var result in results)
        {
            if (result.Error is not null)
            {
                Report(result.Error);
            }
            else if (result.Fresh is not null && PassThru)
            {
                WriteObject(ClusterWorker.Of(result.Fresh));
            }
        }

        var left = results.Where(result => result is { Fresh: null, Error: null }).Select(result => result.Old.Id).ToArray();
        if (left.Length > 0)
        {
            WriteWarning(string.Create(CultureInfo.CurrentCulture, $"Stopped at the first failure. These workers were not replaced: {string.Join(", ", left)}."));
        }
    }
}
