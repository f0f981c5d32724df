using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Events;
using Cluster.Master;

namespace Cluster.Commands;

/// <summary>
/// <para>Reads what has happened to a master and its workers, in order.</para>
/// <para>Each session reads each event once. Without <c>-Wait</c>, <c>-Count</c> or <c>-TimeoutSec</c> the command reads what
/// has happened so far and returns at once.</para>
/// </summary>
/// <remarks>
/// <para>A master keeps the last 10,000 events, and warns of those that a session has missed. Of the bodies of lost messages
/// it keeps the last 32 MiB until they are read; <c>DroppedBodies</c> of an event is the number of its messages that have
/// none any more.</para>
/// <para>Logs, other sessions and handlers of the .NET event of a master get the same events beside this command. Ctrl+C
/// returns at once and loses nothing.</para>
/// </remarks>
/// <seealso cref="GetClusterWorkerCommand"/>
/// <seealso cref="WaitClusterWorkerCommand"/>
[Cmdlet(VerbsCommunications.Receive, "ClusterEvent")]
[OutputType(typeof(ClusterEvent))]
public sealed class ReceiveClusterEventCommand : ClusterCmdlet
{
    /// <summary>Only events with these names. Other events stay unread.</summary>
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

    /// <summary>Stops waiting after this time, in seconds, which is not an error. Default: no limit.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
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
        var log = runtime.Events;
        var cursor = log.CursorOf(Runspace.DefaultRunspace);
        var isTimed = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec));
        if (!Wait && Count == 0 && !isTimed)
        {
            // What happens meanwhile is for the next call.
            var end = log.Next;
            while (log.TryRead(cursor, IsWanted, end) is { } present)
            {
                Write(runtime, cursor, present);
            }

            WarnOfMissed(log, cursor);
            return;
        }

        var deadline = isTimed ? Deadline.After(TimeSpan.FromSeconds(TimeoutSec)) : Deadline.Never;
        for (var left = Count > 0 ? Count : long.MaxValue; left > 0; left--)
        {
            if (log.Read(cursor, IsWanted, deadline, StopToken) is not { } happened)
            {
                return;
            }

            Write(runtime, cursor, happened);
        }
    }

    private void Write(MasterRuntime runtime, EventCursor cursor, EventEntry happened)
    {
        var isWarned = false;
        try
        {
            StopToken.ThrowIfCancellationRequested();
            WarnOfMissed(runtime.Events, cursor);
            isWarned = true;
            WriteObject(new ClusterEvent(happened, runtime.Name));
        }
        catch (Exception exception) when (!isWarned || (exception is PipelineStoppedException stop && IsUnwritten(stop)))
        {
            // A preference may have made an error of the warning.
            runtime.Events.PutBack(cursor, happened);
            throw;
        }
    }

    private void WarnOfMissed(EventLog log, EventCursor cursor)
    {
        if (log.TakeMissed(cursor, IsWanted) is > 0 and var missed)
        {
            WriteWarning(string.Create(
                CultureInfo.CurrentCulture, $"{missed:N0} events were dropped before this session has read them: a master keeps the last {EventLog.MaxEntries:N0}."));
        }
    }

    private bool IsWanted(ClusterEventName name) => Name is null || Name.Contains(name);
}
