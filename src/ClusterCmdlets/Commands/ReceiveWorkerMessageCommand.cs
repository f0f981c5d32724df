using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// <para>Reads messages in the order in which they have arrived: in a master those of its workers and what their scripts
/// write, in a worker those of its master.</para>
/// <para>Without <c>-Wait</c>, <c>-Count</c> or <c>-TimeoutSec</c> it reads what has arrived and returns at once.
/// <c>-Count</c> waits for a number of messages; <c>-Wait</c> streams until the channel closes.</para>
/// <para>Errors, warnings and other records of a worker's script are written to the same streams of this command, each once
/// and in one order with the messages.</para>
/// </summary>
/// <remarks>
/// <para>Ctrl+C returns at once and loses nothing. A record that <c>-ErrorAction Stop</c> has turned into a terminating error
/// counts as read; the next call goes on behind it.</para>
/// <para>Messages that nobody reads fill the queue and hold their senders back. Those that <c>Register-ObjectEvent</c> takes
/// by the event <c>Message</c> of a master do not: PowerShell keeps them in a queue of its own that nothing bounds until
/// <c>Remove-Event</c>, so read many messages with this command instead.</para>
/// </remarks>
/// <output cref="WorkerMessage">
/// A message: <c>Body</c>, <c>WorkerId</c>, <c>Slot</c>, <c>ProcessId</c>, <c>Kind</c> (Message, Output or Request),
/// <c>Topic</c>, <c>Sequence</c>, <c>SentAt</c> and <c>Handle</c>.
/// </output>
/// <output cref="object">With <c>-ExpandBody</c>, the body of each message.</output>
/// <seealso cref="InvokeWorkerRequestCommand"/>
/// <seealso cref="ReceiveClusterEventCommand"/>
[Cmdlet(VerbsCommunications.Receive, "WorkerMessage")]
[OutputType(typeof(WorkerMessage), typeof(object))]
public sealed class ReceiveWorkerMessageCommand : ClusterCmdlet
{
    private InboxReader _reader = null!;
    private HashSet<int>? _ids;
    private NamePattern[]? _topics;

    /// <summary>The first worker that was named, and its master; no master for a sibling.</summary>
    private (WorkerTarget Worker, MasterTarget? Master)? _source;

    /// <summary>
    /// Streams messages as they arrive, until the channel closes: in a master when the last worker has exited, in a worker
    /// when it is told to stop.
    /// </summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>
    /// Waits for this many messages, and returns when they have arrived or when no more can arrive. Records of the streams do
    /// not count.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>Stops waiting after this time, in seconds, which is not an error. Default: no limit.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>
    /// Only messages of these workers: workers, their ids or ranges of them (<c>1..4</c>), slots (<c>slot:0</c>), or wildcards, all of one master. Other messages
    /// stay unread.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [NumberRange]
    public WorkerTarget[]? Worker { get; set; }

    /// <summary>Only messages with one of these topics. Other messages stay unread.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TopicCompleter))]
    public string[]? Topic { get; set; }

    /// <summary>Writes only the bodies of the messages. A socket that comes with a message is closed.</summary>
    [Parameter]
    public SwitchParameter ExpandBody { get; set; }

    /// <summary>Returns maps and objects as ordered hashtables instead of custom objects.</summary>
    [Parameter]
    public SwitchParameter AsHashtable { get; set; }

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
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
            _reader = new InboxReader(FindInbox(), _ids, _topics is null ? null : IsWanted, StopToken);
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }

        var isTimed = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec));
        if (Wait || Count > 0 || isTimed)
        {
            ReadWaiting(isTimed ? Deadline.After(TimeSpan.FromSeconds(TimeoutSec)) : Deadline.Never);
        }
        else
        {
            _reader.TakePresent(int.MaxValue);
            WriteTaken(int.MaxValue);
            _reader.FlushCredit();
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

    private IInboxOwner FindInbox()
    {
        Master ??= _source?.Master;
        if (WorkerSession.Current is { } session && Master is null)
        {
            session.AnnounceReady();
            return session;
        }

        return FindMaster(Master);
    }

    private bool IsWanted(string topic) => Array.Exists(_topics!, pattern => pattern.Matches(topic));

    private void ReadWaiting(Deadline deadline)
    {
        var left = Count > 0 ? Count : int.MaxValue;
        try
        {
            while (left > 0 && _reader.Wait(left, deadline))
            {
                left -= WriteTaken(left);
                if (deadline.HasPassed)
                {
                    // What is there is still read.
                    _reader.TakePresent(left);
                    WriteTaken(left);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Writes what was taken. What is not written when the pipeline ends is for the next call.</summary>
    /// <returns>How many objects were written; records do not count, and nothing does without a limit.</returns>
    private int WriteTaken(int wanted)
    {
        var written = 0;
        try
        {
            while (written < wanted && _reader.Current is { } item)
            {
                if (Write(item))
                {
                    written++;
                }
            }
        }
        finally
        {
            _reader.PutBack();
        }

        return Count > 0 ? written : 0;
    }

    /// <summary>Writes an object or replays a record, and takes it off.</summary>
    /// <returns>Whether it was an object.</returns>
    private bool Write(InboxItem item)
    {
        object? result;
        try
        {
            result = MessageBodies.Read(item, AsHashtable, StopToken);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
        catch (ClusterException exception)
        {
            _reader.Credit();
            _reader.Remove();
            Report(exception);
            return !item.IsRecord;
        }

        // A pipeline that is being stopped takes nothing any more.
        if (Stopping)
        {
            throw new PipelineStoppedException();
        }

        _reader.Credit();
        var isKept = false;
        try
        {
            if (item.IsRecord)
            {
                StreamReplay.Write(this, result!);
            }
            else
            {
                WriteObject(ExpandBody ? result : WorkerMessage.Of(item, result));
            }

            return !item.IsRecord;
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
                _reader.Remove();
                if (ExpandBody)
                {
                    MessageHandles.Discard(item);
                }
            }
        }
    }
}
