using System.Collections;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;

namespace Cluster.Commands;

/// <summary>
/// Starts one more worker of a master and writes it when it is ready. It uses the master's settings of this moment. If it
/// fails before it is ready, the script's own error is reported, and the other workers continue.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "ClusterWorker", SupportsShouldProcess = true)]
[OutputType(typeof(ClusterWorker))]
public sealed class StartClusterWorkerCommand : ClusterCmdlet
{
    /// <summary>Environment variables for this worker and those that take over from it; null removes one.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>The master, by itself or its name, when several are running.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <summary>Writes the worker at once; a failure is reported as an exit event.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            var runtime = FindMaster(Master);
            if (!ShouldProcess(runtime.Name))
            {
                return;
            }

            var instance = runtime.Supervisor.StartOneMore(EnvironmentVariables.From(Environment));
            if (!NoWait)
            {
                WaitFor(instance.Ready);
            }

            WriteObject(ClusterWorker.Of(instance));
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }
}
