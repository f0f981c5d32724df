using System.Globalization;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Messaging;
using Cluster.Transport;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// Sends an object: in a master to some or all of its workers, in a worker to its master or a sibling. Waits while
/// the receiver's queue is full. The body is encoded once, whatever the number of receivers.
/// </summary>
[Cmdlet(VerbsCommunications.Send, "WorkerMessage", DefaultParameterSetName = DefaultSet)]
public sealed class SendWorkerMessageCommand : ClusterCmdlet
{
    private const string DefaultSet = "Default";
    private const string WorkerSet = "Worker";
    private const string AllSet = "All";
    private const string AnySet = "Any";
    private const string ReplySet = "Reply";

    private readonly MessageEncoder _encoder = new();
    private bool _bodyIsGiven;
    private TimeSpan _timeout = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>The object to send: any data, null included. An array is one message.</summary>
    [Parameter(Position = 0)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? Body { get; set; }

    /// <summary>From the pipeline: bodies or, when <c>-Body</c> is given, receivers.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? InputObject { get; set; }

    // Each of the next four makes its set, and none is mandatory in it: for every object that is piped in the engine would
    // look for those that are missing.

    /// <summary>The receivers: workers, their ids, <c>slot:0</c>, or wildcards.</summary>
    [Parameter(ParameterSetName = WorkerSet)]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public WorkerTarget[] Worker { get; set; } = [];

    /// <summary>Sends to every worker that accepts messages: not to those that are exiting or have exited.</summary>
    [Parameter(ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>Sends to the worker with the fewest unread messages and unanswered requests.</summary>
    [Parameter(ParameterSetName = AnySet)]
    public SwitchParameter Any { get; set; }

    /// <summary>
    /// The request that this answers. An error record or an exception as the body makes the request fail with it.
    /// </summary>
    [Parameter(ParameterSetName = ReplySet)]
    [ValidateNotNull]
    public WorkerMessage? ReplyTo { get; set; }

    /// <summary>A word by which the receiver can choose, at most 1,024 bytes of UTF-8.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Topic { get; set; }

    /// <summary>Returns when the receiver's script has read the message.</summary>
    [Parameter]
    public SwitchParameter Acknowledge { get; set; }

    /// <summary>How long to wait for a full queue and for the acknowledgement, in seconds. For ever by default.</summary>
    [Parameter]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>The master, by itself or its name, when several are running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <summary>Who was written to and may have something left to be pushed out.</summary>
    private readonly HashSet<IPeer> _receivers = [];

    private IPeer? _lastReceiver;
    private MasterRuntime? _runtime;

    /// <summary>The master, looked up once for a command.</summary>
    private MasterRuntime Runtime => _runtime ??= FindMaster(Master);

    private bool HasNoTarget => ParameterSetName == DefaultSet && !IsWorker;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        CheckTopic(Topic);
        _bodyIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Body));
        if (MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)))
        {
            _timeout = TimeSpan.FromSeconds(TimeoutSec);
        }

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
                SendTo(PipedTarget(), _encoder.Encode(Body, Topic));
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
            Report(exception);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var receiver in _receivers)
        {
            receiver.Flush();
        }
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
        switch (ParameterSetName)
        {
            case ReplySet:
                Reply(ReplyTo!, body);
                break;
            case WorkerSet:
                var message = _encoder.Encode(body, Topic);
                foreach (var target in Worker)
                {
                    SendTo(target, message);
                }

                break;
            case AllSet:
                var broadcast = _encoder.Encode(body, Topic);
                foreach (var instance in LeastLoadedRouter.All(Runtime))
                {
                    SendTo(instance.Connection, broadcast, peer: 0);
                }

                break;
            case AnySet:
                SendToAny(_encoder.Encode(body, Topic));
                break;
            default:
                SendTo(WorkerSession.Current!, _encoder.Encode(body, Topic), peer: 0);
                break;
        }
    }

    private void Reply(WorkerMessage request, object? body)
    {
        if (request.Kind != WorkerMessageKind.Request)
        {
            throw new ClusterException(
                ClusterErrorId.NotARequest, ErrorCategory.InvalidArgument, "Nobody waits for an answer to this message: only those of Invoke-WorkerRequest can be replied to.", request);
        }

        Check(MessageReplies.Send(request.Source, request.Header, body, _encoder, _timeout, StopToken), request.Source, peer: 0);
        NoteReceiver(request.Source);
    }

    /// <summary>Whoever begins to leave while it is chosen takes nothing any more: the next one is.</summary>
    private void SendToAny(OutgoingMessage message)
    {
        var deadline = Deadline.After(_timeout);
        while (true)
        {
            if (LeastLoadedRouter.LeastLoaded(Runtime, deadline, StopToken) is not { } instance)
            {
                throw SendErrors.TimedOut("No worker", TimeoutSec, Body);
            }

            if (Acknowledge)
            {
                SendAndAwait(instance.Connection, message, peer: 0);
                return;
            }

            var result = instance.Connection.Send(FrameKind.Message, message.Header, message.Body.Span, deadline.Remaining, StopToken);
            if (result != SendResult.Closed)
            {
                NoteReceiver(instance.Connection);
                Check(result, instance.Connection, peer: 0);
                return;
            }
        }
    }

    /// <summary>A receiver that is not there keeps nobody else from getting the message.</summary>
    private void SendTo(WorkerTarget target, OutgoingMessage message)
    {
        try
        {
            // In a worker an id names a sibling, unless a master of its own is meant.
            if (IsWorker && Master is null && target.Worker is null)
            {
                SendTo(WorkerSession.Current!, message, SiblingId(target));
                return;
            }

            foreach (var instance in target.Worker is null ? FindWorkers(target, Runtime) : FindWorkers(target, Master))
            {
                SendTo(instance.Connection, message, peer: 0);
            }
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }

    private void SendTo(IPeer receiver, OutgoingMessage message, int peer)
    {
        if (Acknowledge)
        {
            SendAndAwait(receiver, message, peer);
            return;
        }

        NoteReceiver(receiver);
        var header = peer == 0 ? message.Header : message.Header with { Peer = peer };
        Check(receiver.Send(FrameKind.Message, header, message.Body.Span, _timeout, StopToken), receiver, peer);
    }

    private void SendAndAwait(IPeer receiver, OutgoingMessage message, int peer)
    {
        var deadline = Deadline.After(_timeout);
        var answer = receiver.Replies.Open(out var correlation);
        try
        {
            var header = message.Header with { Correlation = correlation, Peer = peer };
            if (!Check(receiver.Send(FrameKind.Message, header, message.Body.Span, _timeout, StopToken), receiver, peer))
            {
                return;
            }

            receiver.Flush();
            receiver.ReadUntil(() => answer.IsCompleted, deadline, StopToken);
#pragma warning disable VSTHRD002 // The pipeline thread waits for the channel's reader, which never waits for it.
            if (!answer.Wait((int)Math.Min(int.MaxValue, deadline.Remaining.TotalMilliseconds), StopToken))
            {
                Report(new ClusterException(
                    ClusterErrorId.AcknowledgeTimeout,
                    ErrorCategory.OperationTimeout,
                    string.Create(CultureInfo.CurrentCulture, $"{Name(receiver, peer)} did not read the message within {TimeoutSec} s; it may still do so."),
                    receiver));
            }
            else if (answer.Result is null)
            {
                Report(SendErrors.Closed(receiver, Body));
            }
#pragma warning restore VSTHRD002
        }
        finally
        {
            receiver.Replies.Forget(correlation);
        }
    }

    private void NoteReceiver(IPeer receiver)
    {
        if (!ReferenceEquals(receiver, _lastReceiver))
        {
            _lastReceiver = receiver;
            _receivers.Add(receiver);
        }
    }

    private bool Check(SendResult result, IPeer receiver, int peer)
    {
        if (result != SendResult.Sent)
        {
            Report(result == SendResult.TimedOut
                ? SendErrors.TimedOut(Name(receiver, peer), TimeoutSec, (receiver as WorkerConnection)?.Worker ?? Body)
                : SendErrors.Closed(receiver, Body));
        }

        return result == SendResult.Sent;
    }

    private static string Name(IPeer receiver, int peer) =>
        peer != 0 ? $"Worker {peer}" : receiver.Id == 0 ? "The master" : $"Worker {receiver.Id}";
}
