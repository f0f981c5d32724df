using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Serialization;
using Cluster.Transport;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// Reads messages in the order in which they arrived: in a master those of its workers and the output of
/// their scripts, in a worker those of its master. Records of the workers' streams are written to the same
/// streams here, each once: also one that a preference such as <c>-ErrorAction Stop</c> turns into an error, after which the
/// next call goes on. Ctrl+C returns at once and loses nothing. Messages that nobody reads fill the queue and hold their
/// senders back. Those that <c>Register-ObjectEvent</c> takes by the event <c>Message</c> of a master do not: PowerShell keeps
/// them in a queue of its own that nothing bounds until <c>Remove-Event</c>, so read many messages with this command instead.
/// </summary>
[Cmdlet(VerbsCommunications.Receive, "WorkerMessage")]
[OutputType(typeof(WorkerMessage), typeof(object))]
public sealed class ReceiveWorkerMessageCommand : ClusterCmdlet
{
    /// <summary>Enough to share the inbox's lock rarely, and few enough to put back.</summary>
    private const int MaxBatch = 256;

    private Inbox<InboxItem> _inbox = null!;
    private Func<bool> _ended = () => false;
    private Action _beforeWait = () => { };
    private Func<IPeer?> _onlySource = () => null;
    private Func<bool> _canReturn = () => true;
    private readonly Queue<InboxItem> _batch = new();
    private Func<InboxItem, bool>? _filter;
    private HashSet<int>? _ids;
    private NamePattern[]? _topics;

    /// <summary>The first worker that was named, and its master; no master for a sibling.</summary>
    private (WorkerTarget Worker, MasterTarget? Master)? _source;

    /// <summary>Streams messages as they arrive, until the channel closes: in a master the last worker has exited.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Waits for this many messages, and returns when they have arrived or when no more can arrive.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>Stops waiting after this time, in seconds. Not an error.</summary>
    [Parameter]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>Only messages of these workers, or their ids; all of one master. Others stay unread.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
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
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() =>
        _topics = Topic?.Select(topic => new NamePattern(topic)).ToArray();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var target in Worker ?? [])
        {
            try
            {
                // A mistyped id must not look like silence.
                _ids ??= [];
                if (IsWorker && Master is null && target.Worker is null && _source?.Master is null)
                {
                    AddSource(target, null);
                    _ids.Add(SiblingId(target));
                    continue;
                }

                foreach (var instance in FindWorkers(target, target.Worker is null ? Master ?? _source?.Master : Master))
                {
                    AddSource(target, MasterOf(instance));
                    _ids.Add(instance.Id);
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
        _canReturn = () => _inbox.HasFor(_filter) || _ended();
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

    /// <summary>
    /// Ids count up in each master, and a call reads one inbox: workers of several masters would give the messages of others.
    /// </summary>
    private void AddSource(WorkerTarget target, ClusterMaster? master)
    {
        _source ??= (target, master is null ? null : new MasterTarget(master));
        if (_source.Value.Master?.Master != master)
        {
            Fail(new ClusterException(
                ClusterErrorId.MasterAmbiguous,
                ErrorCategory.InvalidArgument,
                $"Worker {_source.Value.Worker} belongs to {NameOf(_source.Value.Master)} and worker {target} to {NameOf(master)}. Receive-WorkerMessage reads from one master: call it once for each.",
                target));
        }
    }

    private static string NameOf(object? master) => master is null ? "this worker's own master" : $"the master '{master}'";

    private void FindInbox()
    {
        Master ??= _source?.Master;
        if (WorkerSession.Current is { } session && Master is null)
        {
            _inbox = session.Inbox;
            _beforeWait = session.OnWait;
            _onlySource = () => session;
            session.AnnounceReady();
            return;
        }

        var runtime = FindMaster(Master);
        _inbox = runtime.Inbox;
        _ended = () => runtime.HasEnded(_ids);
        _beforeWait = () =>
        {
            foreach (var instance in runtime.Workers.Live())
            {
                instance.Connection.FlushCredit();
            }
        };
        _onlySource = () => runtime.Workers.Live() is [var only] ? only.Connection : null;
    }

    private void ReadPresent()
    {
        // What arrives meanwhile is for the next call, or a flood would keep this one for ever.
        _inbox.TakeMany(_filter, _batch, _inbox.Count);
        WriteBatch(int.MaxValue);
        _beforeWait();
    }

    private void ReadWaiting(Deadline deadline)
    {
        var left = Count > 0 ? Count : int.MaxValue;
        try
        {
            while (left > 0 && Fill(left, deadline))
            {
                left -= WriteBatch(left);
                if (deadline.HasPassed)
                {
                    // What is there is still read; what arrives meanwhile is for the next call.
                    _inbox.TakeMany(_filter, _batch, Math.Min(_inbox.Count, left));
                    WriteBatch(left);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Takes what is there, or waits for it; before it waits, senders get the credit that has gathered.</summary>
    /// <returns>False when nothing more can come.</returns>
    private bool Fill(int wanted, Deadline deadline)
    {
        _inbox.TakeMany(_filter, _batch, Math.Min(wanted, MaxBatch));
        if (_batch.Count > 0)
        {
            return true;
        }

        _beforeWait();
        ReadFromOnlySource(deadline);
        if (_inbox.Take(_filter, _ended, deadline, StopToken) is not { } arrival)
        {
            return false;
        }

        _batch.Enqueue(arrival);
        return true;
    }

    /// <summary>When all that can come comes by one channel, this thread reads it itself instead of being woken.</summary>
    private void ReadFromOnlySource(Deadline deadline)
    {
        if (_onlySource() is not { } source)
        {
            return;
        }

        _inbox.Changed += source.Interrupt;
        try
        {
            source.ReadUntil(_canReturn, deadline, StopToken);
        }
        finally
        {
            _inbox.Changed -= source.Interrupt;
        }
    }

    /// <summary>Writes what was taken. What is not written when the pipeline ends is for the next call.</summary>
    /// <returns>How many objects were written; records do not count.</returns>
    private int WriteBatch(int wanted)
    {
        var written = 0;
        try
        {
            while (written < wanted && _batch.TryPeek(out var arrival))
            {
                if (Write(arrival))
                {
                    written++;
                }
            }
        }
        finally
        {
            if (_batch.Count > 0)
            {
                _inbox.PutBack(_batch);
                _batch.Clear();
            }
        }

        return Count > 0 ? written : 0;
    }

    private bool IsWanted(InboxItem arrival) =>
        (_ids is null || _ids.Contains(arrival.Frame.Header.Peer != 0 ? arrival.Frame.Header.Peer : arrival.Source.Id))
        && (_topics is null
            || (arrival.Frame.Header.Topic is { } topic && Array.Exists(_topics, pattern => pattern.Matches(topic))));

    /// <summary>Writes an object or replays a record, and takes it off the batch.</summary>
    /// <returns>Whether it was an object.</returns>
    private bool Write(InboxItem arrival)
    {
        object? result;
        try
        {
            result = arrival.IsRecord ? StreamReplay.Read(arrival) : Decode(arrival);
        }
        catch (BodyMalformedException exception)
        {
            TakeOff(arrival);
            Report(new ClusterException(
                ClusterErrorId.BodyMalformed,
                ErrorCategory.InvalidData,
                $"A message of worker {arrival.Source.Id} cannot be decoded: {exception.Message}",
                arrival.Source.Id,
                exception));
            return !arrival.IsRecord;
        }

        // A pipeline that is being stopped takes nothing any more.
        if (Stopping)
        {
            throw new PipelineStoppedException();
        }

        Credit(arrival);
        var isKept = false;
        try
        {
            if (arrival.IsRecord)
            {
                StreamReplay.Write(this, result!);
                return false;
            }

            WriteObject(result);
            return true;
        }
        catch (PipelineStoppedException exception)
        {
            isKept = IsUnwritten(exception);
            throw;
        }
        finally
        {
            if (!isKept)
            {
                _batch.Dequeue();
            }
        }
    }

    private object? Decode(InboxItem arrival)
    {
        var body = MessageBodies.Decode(arrival.Frame, AsHashtable ? MapStyle.Hashtable : MapStyle.PSObject);
        return ExpandBody ? body : WorkerMessage.Of(arrival, body);
    }

    private void TakeOff(InboxItem arrival)
    {
        Credit(arrival);
        _batch.Dequeue();
    }

    /// <summary>Before the object is written: its sender may be waiting for the credit, and whoever reads it for its sender.</summary>
    private static void Credit(InboxItem arrival)
    {
        if (!arrival.IsRecord && !arrival.IsCredited)
        {
            arrival.IsCredited = true;
            arrival.Source.ReturnCredit(arrival.Frame);
        }
    }
}
