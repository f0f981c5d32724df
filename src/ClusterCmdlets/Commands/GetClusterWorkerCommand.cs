using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;

namespace Cluster.Commands;

/// <summary>Lists workers of this session's masters: their state, process, memory and messages, and how they ended.</summary>
/// <remarks>
/// <para>The objects are live: a worker in a variable changes its <c>State</c> as the process does. In the pipeline it is its
/// process for commands that take processes, such as <c>Wait-Process</c>.</para>
/// <para><c>Id</c> counts up from 1 in each master and is never reused; it is not the process id. <c>Slot</c> is the place
/// that a replacement takes over.</para>
/// </remarks>
[Cmdlet(VerbsCommon.Get, "ClusterWorker")]
[OutputType(typeof(ClusterWorker))]
public sealed class GetClusterWorkerCommand : ClusterCmdlet
{
    /// <summary>Ids of workers. Exited workers are found by their id too.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [NumberRange]
    public int[]? Id { get; set; }

    /// <summary>Slots of workers, from 0.</summary>
    [Parameter]
    [NumberRange]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    public int[]? Slot { get; set; }

    /// <summary>Only workers in these states. Exited workers are included when their state is named.</summary>
    [Parameter]
    public WorkerState[]? State { get; set; }

    /// <summary>Masters or their names. Default: all masters of the session.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [SupportsWildcards]
    public MasterTarget[]? Master { get; set; }

    /// <summary>Lists exited workers as well. A master remembers its last 100.</summary>
    [Parameter]
    public SwitchParameter IncludeExited { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var workers = NamedMasters()
            .SelectMany(runtime => runtime.Workers.All())
            .Select(ClusterWorker.Of)
            .ToArray();
        foreach (var missing in (Id ?? []).Where(id => !workers.Any(worker => worker.Id == id)))
        {
            Report(new ClusterException(ClusterErrorId.WorkerNotFound, ErrorCategory.ObjectNotFound, $"There is no worker {missing}.", missing));
        }

        WriteObject(workers.Where(IsWanted), enumerateCollection: true);
    }

    /// <summary>The masters that are meant; a name that none has is reported.</summary>
    private IEnumerable<MasterRuntime> NamedMasters()
    {
        if (Master is null)
        {
            return Masters();
        }

        var found = new List<MasterRuntime>();
        foreach (var target in Master)
        {
            // A master by itself may be another session's.
            var meant = target.Master is { } master ? [master.Runtime] : target.Among(Masters());
            if (meant.Count == 0 && !target.HasWildcards)
            {
                Report(NoSuchMaster(target.Name));
            }

            found.AddRange(meant);
        }

        return found.Distinct();
    }

    private bool IsWanted(ClusterWorker worker) =>
        (Id is null || Id.Contains(worker.Instance.Id))
        && (Slot is null || Slot.Contains(worker.Slot))
        && (State is null || State.Contains(worker.State))
        && (IncludeExited || Id is not null || State is not null || !worker.IsDead);
}
