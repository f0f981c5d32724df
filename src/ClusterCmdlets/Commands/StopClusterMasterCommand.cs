using System.Management.Automation;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;

namespace Cluster.Commands;

/// <summary>
/// <para>Stops masters and their workers. Workers finish their work; those that do not finish in time are stopped, as by
/// Ctrl+C, and then killed.</para>
/// <para>Returns when all their processes and files are gone. Ctrl+C kills the workers at once. A master without workers is
/// stopped as well.</para>
/// </summary>
/// <remarks>
/// <para>What the workers have sent can still be read after the stop. What they had not read themselves is reported by the
/// event <c>MessagesLost</c>.</para>
/// <para>A clean-up that fails is the error <c>CleanupFailed</c>; everything else is stopped all the same.</para>
/// </remarks>
[Cmdlet(VerbsLifecycle.Stop, "ClusterMaster", SupportsShouldProcess = true)]
public sealed class StopClusterMasterCommand : ClusterCmdlet
{
    private readonly List<MasterRuntime> _masters = [];

    /// <summary>Masters or their names. Default: the only one that is running.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Name")]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [SupportsWildcards]
    public MasterTarget[]? Master { get; set; }

    /// <summary>How long the workers may take to finish, in seconds. Default: 5.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double DrainTimeoutSec { get; set; } = 5;

    /// <summary>Kills the workers without letting them finish.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Master is null)
        {
            Add(null);
        }

        foreach (var target in Master ?? [])
        {
            if (target.HasWildcards)
            {
                AddAll(target);
            }
            else
            {
                Add(target);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var wanted = _masters.Distinct().Where(runtime => ShouldProcess(runtime.Name)).ToArray();
        var time = Force ? (TimeSpan?)null : TimeSpan.FromSeconds(DrainTimeoutSec);
        var stops = wanted.Select(runtime => (Workers: runtime.Workers.Live(), Stop: runtime.StopAsync(time, StopToken))).ToArray();
        foreach (var (workers, stop) in stops)
        {
            try
            {
                WaitForStop(stop, workers);
            }
            catch (ClusterException exception)
            {
                Report(exception);
            }
        }
    }

    private void AddAll(MasterTarget target)
    {
        var found = target.Among(Masters());
        if (found.Count == 0)
        {
            WriteWarning($"No master of this session matches '{target}': nothing was stopped.");
        }

        _masters.AddRange(found);
    }

    private void Add(MasterTarget? target)
    {
        try
        {
            _masters.Add(FindMaster(target));
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }
}
