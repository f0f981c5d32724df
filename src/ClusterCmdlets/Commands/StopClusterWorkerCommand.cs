using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Supervision;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// Stops workers: they finish their work; those that do not finish in time are stopped, then killed. Returns when they
/// are gone. In a worker, without a target, the worker announces that it is exiting: its message loops end after the
/// messages that have arrived, and its script runs to its end.
/// </summary>
[Cmdlet(VerbsLifecycle.Stop, "ClusterWorker", SupportsShouldProcess = true)]
[OutputType(typeof(ClusterWorker), typeof(WorkerContext))]
public sealed class StopClusterWorkerCommand : ClusterCmdlet
{
    private readonly List<WorkerInstance> _instances = [];

    /// <summary>Workers or their ids.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [NumberRange]
    public WorkerTarget[]? Worker { get; set; }

    /// <summary>How long they may take to finish, in seconds. Default 5.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double DrainTimeoutSec { get; set; } = 5;

    /// <summary>Kills the workers without letting them finish. In a worker: ends the process at once with code 0.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the workers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The master or its name; required when several are running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var target in Worker ?? [])
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
        if (Worker is null && !MyInvocation.ExpectingInput)
        {
            StopThisWorker();
            return;
        }

        var time = Force ? (TimeSpan?)null : TimeSpan.FromSeconds(DrainTimeoutSec);
        WaitForStop(WorkerStop.StopAsync(_instances, time, StopToken), _instances);
        if (PassThru)
        {
            WriteObject(_instances.Select(ClusterWorker.Of), enumerateCollection: true);
        }
    }

    private void StopThisWorker()
    {
        if (WorkerSession.Current is not { } session)
        {
            Fail(new ClusterException(
                ClusterErrorId.TargetMissing, ErrorCategory.InvalidArgument, "Name the workers to stop: give ids or workers, or pipe workers in."));
            return;
        }

        if (!ShouldProcess($"{session.Context.ClusterName}:{session.Context.Id}"))
        {
            return;
        }

        session.Leave();
        if (Force)
        {
            Environment.Exit(0);
        }

        if (PassThru)
        {
            WriteObject(session.Context);
        }
    }
}
