using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Messaging;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// <para>Sends objects as messages: in a master to one, several, all or any of its workers, in a worker to its master or to a
/// sibling.</para>
/// <para>Waits while the receiver's queue is full. Of several receivers, one that is full does not keep the message from the
/// others.</para>
/// <para>In a master a target is required: <c>-Worker</c>, <c>-All</c>, <c>-Any</c>, or workers that are piped in when
/// <c>-Body</c> is given. In a worker the default is the master.</para>
/// </summary>
/// <remarks>
/// <para>A message is data. Numbers, texts, dates, arrays, hashtables and objects arrive as the table in
/// about_Cluster_Messages says; a cycle, a credential, or more than 32 levels is an error that names its path.</para>
/// <para>Messages of one sender arrive at one receiver in order, each once. Ctrl+C ends a wait within a second.</para>
/// </remarks>
/// <seealso cref="InvokeWorkerRequestCommand"/>
[Cmdlet(VerbsCommunications.Send, "WorkerMessage", DefaultParameterSetName = DefaultSet)]
public sealed partial class SendWorkerMessageCommand : ClusterCmdlet
{
    private const string DefaultSet = "Default";
    private const string WorkerSet = "Worker";
    private const string AllSet = "All";
    private const string AnySet = "Any";
    private const string ReplySet = "Reply";

    private readonly MessageEncoder _encoder = new(WorkerSession.Current?.Launch.MaxDepth);
    private bool _bodyIsGiven;

    /// <summary>
    /// The object to send: any data, <c>$null</c> included. An array is one message; pipe its elements in to send each.
    /// </summary>
    [Parameter(Position = 0)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? Body { get; set; }

    /// <summary>Bodies to send, or receivers when <c>-Body</c> is given.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? InputObject { get; set; }

    // Each of the next four makes its set and is mandatory in it, so that the syntax shows a choice of one. The engine looks at those
    // that are missing for every object that is piped in, which costs 0.2 us.

    /// <summary>The receivers: workers, their ids or ranges of them (<c>1..4</c>), slots (<c>slot:0</c>), or wildcards. In a worker, the ids of siblings.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WorkerSet)]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NumberRange]
    public WorkerTarget[] Worker { get; set; } = [];

    /// <summary>
    /// Sends to every worker that accepts messages, which those that are exiting do not. Each gets the message when it has
    /// room, and the command returns when all have it; for those that are behind, up to 16 MiB are kept meanwhile.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>
    /// Sends to the worker that has room and the least to do, by unread messages, unread bytes and unanswered requests. Waits
    /// only while none has room.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = AnySet)]
    public SwitchParameter Any { get; set; }

    /// <summary>
    /// The request that this message answers. An error record or an exception as the body makes the request fail with it.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = ReplySet)]
    [ValidateNotNull]
    public WorkerMessage? ReplyTo { get; set; }

    /// <summary>A topic that the receiver can filter by, at most 1,024 bytes of UTF-8.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TopicCompleter))]
    public string? Topic { get; set; }

    /// <summary>
    /// Returns when the receivers' scripts have read the messages. With <c>-Any</c>, a message whose receiver exits without
    /// having read it goes to the next worker.
    /// </summary>
    [Parameter]
    public SwitchParameter Acknowledge { get; set; }

    /// <summary>How long to wait for room in a queue and for the acknowledgement, in seconds. Default: no limit.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    private MessageSender? _sender;
    private IReadOnlyList<Receiver> _only = [];
    private MasterRuntime? _runtime;

    /// <summary>The master, looked up once for a command.</summary>
    private MasterRuntime Runtime => _runtime ??= FindMaster(Master);

    private bool HasNoTarget => ParameterSetName == DefaultSet && !IsWorker;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        CheckTopic(Topic);
        _bodyIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Body));
        var timeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan;
        _sender = new MessageSender(timeout, Acknowledge, ReportSending, StopToken);
        BindHandle();

        // What is piped in may be receivers, and is looked at when it comes.
        if (HasNoTarget && !MyInvocation.ExpectingInput)
        {
            Fail(TargetMissing());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            if (_bodyIsGiven && MyInvocation.ExpectingInput)
            {
                SendToEach(ReceiversOf(PipedTarget()), Encode(Body), Body, areAll: false);
                return;
            }

            var isPipedWorker = HasNoTarget && InputObject is ClusterWorker or PSObject { BaseObject: ClusterWorker };
            if (!_bodyIsGiven && (isPipedWorker || !MyInvocation.ExpectingInput))
            {
                throw new ClusterException(ClusterErrorId.BodyMissing, ErrorCategory.InvalidArgument, "There is nothing to send. Give a -Body.", InputObject);
            }

            if (HasNoTarget)
            {
                Fail(TargetMissing());
            }

            Send(_bodyIsGiven ? Body : InputObject);
        }
        catch (ClusterException exception)
        {
            ReportSending(exception);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            _sender!.Complete();
            CloseHandle();
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _sender?.Dispose();
        base.Dispose(disposing);
    }

    private ClusterException TargetMissing() => new(
        ClusterErrorId.TargetMissing,
        ErrorCategory.InvalidArgument,
        "In a master a message needs a target: -Worker with ids or workers (or pipe workers in), -All, or -Any for the least loaded.",
        _bodyIsGiven ? Body : InputObject);

    /// <summary>A piped object when the body is given: a worker or the id of one.</summary>
    private WorkerTarget PipedTarget() =>
        ParameterSetName != DefaultSet
            ? throw new ClusterException(
                ClusterErrorId.TargetAmbiguous, ErrorCategory.InvalidArgument, "The body and the receivers are already given as parameters, so nothing can be piped in.", InputObject)
            : LanguagePrimitives.TryConvertTo<WorkerTarget>(InputObject, out var target) && target is not null
                ? target
                : throw new ClusterException(
                    ClusterErrorId.WorkerNotFound, ErrorCategory.InvalidArgument, $"'{InputObject}' is neither a worker nor the id of a worker.", InputObject);

    private void Send(object? body)
    {
        if (ParameterSetName == ReplySet)
        {
            ReplyTo!.Reply(_sender!, body, _encoder);
            return;
        }

        var message = Encode(body);
        switch (ParameterSetName)
        {
            case AnySet:
                NoteHandleSent();
                _sender!.SendToAny(Runtime, message, body);
                break;
            case AllSet:
                Receiver[] all = [.. Runtime.Workers.Accepting().Select(worker => new Receiver(worker))];
                _sender!.SendToEach(all.Length > 0 ? all : throw SendErrors.NoneLeft(Runtime), message, body, areAll: true);
                break;
            case WorkerSet:
                SendToEach(Worker.Length == 1 ? ReceiversOf(Worker[0]) : [.. Worker.SelectMany(ReceiversOf)], message, body, areAll: true);
                break;
            default:
                NoteHandleSent();
                _sender!.Send(new Receiver(WorkerSession.Current!), message, body);
                break;
        }
    }

    /// <summary>A receiver that is not there keeps nobody else from getting the message.</summary>
    private IReadOnlyList<Receiver> ReceiversOf(WorkerTarget target)
    {
        try
        {
            // In a worker an id names a sibling, unless a master of its own is meant.
            if (IsWorker && Master is null && target.Worker is null)
            {
                return Remembered(new Receiver(WorkerSession.Current!, SiblingId(target)));
            }

            var found = target.Worker is null ? FindWorkers(target, Runtime) : FindWorkers(target, Master);
            return found.Count == 1 ? Remembered(new Receiver(found[0].Connection)) : [.. found.Select(instance => new Receiver(instance.Connection))];
        }
        catch (ClusterException exception)
        {
            ReportSending(exception);
            return [];
        }
    }

    /// <summary>The same list as the last time for the same receiver: most commands have one.</summary>
    private IReadOnlyList<Receiver> Remembered(Receiver receiver) =>
        _only is [var only] && only == receiver ? _only : _only = [receiver];
}
