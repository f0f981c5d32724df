using System.Collections;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;

namespace Cluster.Commands;

/// <summary>
/// <para>Starts one more worker of a running master and writes it when it is ready.</para>
/// <para>It uses the master's present settings. If it fails before it is ready, the script's own error is reported, and the
/// other workers continue.</para>
/// </summary>
/// <remarks>
/// The worker gets a slot of its own, and is restarted and replaced as the others are. To change the number of workers
/// instead of adding to it, use <c>Set-ClusterMaster -WorkerCount</c>.
/// </remarks>
/// <seealso cref="SetClusterMasterCommand"/>
[Cmdlet(VerbsLifecycle.Start, "ClusterWorker", SupportsShouldProcess = true)]
[OutputType(typeof(ClusterWorker))]
public sealed class StartClusterWorkerCommand : ClusterCmdlet
{
    /// <summary>
    /// Environment variables for this worker and those that take over from it; <c>$null</c> as the value removes one.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <summary>
    /// Writes the worker at once. If it fails to start, that is reported by the events <c>Exit</c> and <c>GaveUp</c>.
    /// </summary>
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
