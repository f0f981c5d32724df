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
/// Reads what has happened to a master and its workers, in order, each event once in a session; other sessions, logs and handlers
/// see the same events. A master keeps the last 10,000, and warns of those that a session has missed. Of the bodies of lost messages
/// it keeps the last 32 MiB until they were read: <c>DroppedBodies</c> tells how many of an event's messages have none any more.
/// Ctrl+C returns at once and loses nothing.
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
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>The master or its name; required when several are running.</summary>
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
