using System.Management.Automation;
using Cluster.Binding;
using Cluster.Objects;
using Cluster.Protocol;
using Cluster.Serialization;
using Cluster.Transport;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// Reads messages in the order in which they arrived: in a master those of its workers with what their
/// scripts wrote, in a worker those of its master. Records of the workers' streams are written to the same
/// streams here. Ctrl+C returns at once and loses nothing.
/// </summary>
[Cmdlet(VerbsCommunications.Receive, "WorkerMessage")]
[OutputType(typeof(WorkerMessage), typeof(object))]
public sealed class ReceiveWorkerMessageCommand : ClusterCmdlet
{
    private Inbox<Arrival> _inbox = null!;
    private Func<bool> _ended = () => false;
    private Action _beforeWait = () => { };
    private Func<Arrival, bool>? _filter;
    private HashSet<int>? _ids;
    private WildcardPattern[]? _topics;

    /// <summary>Streams messages as they arrive, until the channel closes: in a master the last worker has exited.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Waits for so many messages, and returns when they are there or none can come any more.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>Stops waiting after this time, in seconds. Not an error.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>Only messages of these workers, or their ids. Others stay unread.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public WorkerTarget[]? Worker { get; set; }

    /// <summary>Only messages with one of these topics; wildcards are possible. Others stay unread.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Topic { get; set; }

    /// <summary>Writes the bodies alone.</summary>
    [Parameter]
    public SwitchParameter ExpandBody { get; set; }

    /// <summary>Gives maps and objects as ordered hashtables instead of custom objects.</summary>
    [Parameter]
    public SwitchParameter AsHashtable { get; set; }

    /// <summary>The master, by itself or its name, when several are running.</summary>
    [Parameter]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() =>
        _topics = Topic?.Select(topic => WildcardPattern.Get(topic, WildcardOptions.IgnoreCase)).ToArray();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var target in Worker ?? [])
        {
            try
            {
                // A mistyped id must not look like silence.
                _ids ??= [];
                if (IsWorker && Master is null)
                {
                    _ids.Add(SiblingId(target));
                    continue;
                }

                foreach (var run in FindWorkers(target, Master))
                {
                    Master ??= new MasterTarget(MasterOf(run));
                    _ids.Add(run.Worker.Id);
                }
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
        // None of the workers is known, or they were piped in and there were none.
        if ((MyInvocation.ExpectingInput || Worker is not null) && _ids is null)
        {
            return;
        }

        try
        {
            FindInbox();
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }

        _filter = _ids is null && _topics is null ? null : IsWanted;
        var isTimed = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec));
        if (Wait || Count > 0 || isTimed)
        {
            ReadWaiting(isTimed ? Deadline.After(TimeSpan.FromSeconds(TimeoutSec)) : Deadline.Never);
        }
        else
        {
            ReadPresent();
        }
    }

    private void FindInbox()
    {
        if (WorkerSession.Current is { } session && Master is null)
        {
            _inbox = session.Inbox;
            _beforeWait = session.FlushCredit;
            session.AnnounceReady();
            return;
        }

        var core = FindMaster(Master);
        _inbox = core.Inbox;
        _ended = () => core.HasEnded(_ids);
        _beforeWait = () =>
        {
            foreach (var run in core.Live())
            {
                run.Channel.FlushCredit();
            }
        };
    }

    private void ReadPresent()
    {
        // What arrives meanwhile is for the next call, or a flood would keep this one for ever.
        var present = _inbox.Count;
        while (present-- > 0 && _inbox.TryTake(_filter) is { } arrival)
        {
            Write(arrival);
        }
    }

    private void ReadWaiting(Deadline deadline)
    {
        var left = Count > 0 ? Count : int.MaxValue;
        try
        {
            while (left > 0 && Next(deadline) is { } arrival)
            {
                if (Write(arrival) && Count > 0)
                {
                    left--;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Waits for the next message; before it waits, senders get the credit that has gathered.</summary>
    private Arrival? Next(Deadline deadline)
    {
        if (_inbox.TryTake(_filter) is { } present)
        {
            return present;
        }

        _beforeWait();
        return _inbox.Take(_filter, _ended, deadline, StopToken);
    }

    private bool IsWanted(Arrival arrival) =>
        (_ids is null || _ids.Contains(arrival.Frame.Header.Peer != 0 ? arrival.Frame.Header.Peer : arrival.Source.Id))
        && (_topics is null
            || (arrival.Frame.Header.Topic is { } topic && Array.Exists(_topics, pattern => pattern.IsMatch(topic))));

    /// <summary>Writes an object or replays a record.</summary>
    /// <returns>Whether it was an object.</returns>
    private bool Write(Arrival arrival)
    {
        // The pipeline takes nothing any more: what was taken is for the next call.
        if (Stopping)
        {
            _inbox.PutBack(arrival);
            throw new PipelineStoppedException();
        }

        if (arrival.IsRecord)
        {
            StreamReplay.Write(this, arrival);
            return false;
        }

        arrival.Source.NoteRead(arrival.Frame);
        try
        {
            var body = MessageBodies.Decode(arrival.Frame, AsHashtable ? MapStyle.Hashtable : MapStyle.PSObject);
            WriteObject(ExpandBody ? body : MessageBodies.ToMessage(arrival.Source, arrival.Frame, body));
        }
        catch (BodyMalformedException exception)
        {
            Report(new ClusterException(
                ClusterErrorId.BodyMalformed, ErrorCategory.InvalidData, $"A message of worker {arrival.Source.Id} is not readable: {exception.Message}", arrival.Source.Id, exception));
        }

        return true;
    }
}
