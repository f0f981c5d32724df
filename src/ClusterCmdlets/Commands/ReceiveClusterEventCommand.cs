using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Transport;

namespace Cluster.Commands;

/// <summary>
/// Reads what has happened to a master and its workers, in order, each event once. A master keeps the last
/// 10,000, and of the bodies of lost messages in them the last 32 MiB: <c>DroppedBodies</c> tells how many of an event's messages
/// have none any more. Ctrl+C returns at once and loses nothing.
/// </summary>
[Cmdlet(VerbsCommunications.Receive, "ClusterEvent")]
[OutputType(typeof(ClusterEvent))]
public sealed class ReceiveClusterEventCommand : ClusterCmdlet
{
    /// <summary>Only events with these names. Others stay unread.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public ClusterEventName[]? Name { get; set; }

    /// <summary>Streams events as they happen, until the master has been stopped.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Waits for this many events.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>Stops waiting after this time, in seconds. Not an error.</summary>
    [Parameter]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>The master, by itself or its name, when several are running.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            Read(FindMaster(Master));
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Read(MasterRuntime runtime)
    {
        var isTimed = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec));
        if (!Wait && Count == 0 && !isTimed)
        {
            var present = runtime.Events.Count;
            while (present-- > 0 && runtime.Events.TryTake(IsWanted) is { } happened)
            {
                Write(runtime, happened);
            }

            return;
        }

        var deadline = isTimed ? Deadline.After(TimeSpan.FromSeconds(TimeoutSec)) : Deadline.Never;
        for (var left = Count > 0 ? Count : long.MaxValue; left > 0; left--)
        {
            if (runtime.Events.Take(IsWanted, () => false, deadline, StopToken) is not { } happened)
            {
                return;
            }

            Write(runtime, happened);
        }
    }

    private void Write(MasterRuntime runtime, ClusterEvent happened)
    {
        if (Stopping)
        {
            runtime.Events.PutBack([happened]);
            throw new PipelineStoppedException();
        }

        try
        {
            WriteObject(happened);
        }
        catch (PipelineStoppedException exception) when (IsUnwritten(exception))
        {
            runtime.Events.PutBack([happened]);
            throw;
        }
    }

    private bool IsWanted(ClusterEvent happened) => Name is null || Name.Contains(happened.Name);
}
