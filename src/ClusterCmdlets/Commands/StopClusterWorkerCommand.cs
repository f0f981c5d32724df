using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Supervision;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// <para>Stops workers, or announces in a worker that it is exiting. Workers finish their work; those that do not finish in
/// time are stopped, as by Ctrl+C, and then killed. Returns when they are gone.</para>
/// <para>In a worker, without a target, the worker gets no more messages from then on, its message loops end after those that
/// have arrived, and its script runs to its end.</para>
/// </summary>
/// <remarks>
/// <para>A worker that was stopped or has announced its exit is not restarted, whatever the restart policy.</para>
/// <para>Ctrl+C kills the workers at once.</para>
/// </remarks>
/// <seealso cref="StopClusterMasterCommand"/>
[Cmdlet(VerbsLifecycle.Stop, "ClusterWorker", SupportsShouldProcess = true)]
[OutputType(typeof(ClusterWorker), typeof(WorkerContext))]
public sealed class StopClusterWorkerCommand : ClusterCmdlet
{
    private readonly List<WorkerInstance> _instances = [];

    /// <summary>Workers, their ids or ranges of them (<c>1..4</c>), slots (<c>slot:0</c>), or wildcards.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [NumberRange]
    public WorkerTarget[]? Worker { get; set; }

    /// <summary>How long the workers may take to finish, in seconds. Default: 5.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double DrainTimeoutSec { get; set; } = 5;

    /// <summary>Kills the workers without letting them finish. In a worker, ends the process at once with code 0.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the workers; in a worker that announces its exit, its <c>$ClusterWorker</c>.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
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
