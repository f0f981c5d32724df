using System.Globalization;
using System.Management.Automation;
using System.Text;
using Cluster.Binding;
using Cluster.Master;
using Cluster.Objects;
using Cluster.Transport;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// Sends an object: in a master to some or all of its workers, in a worker to its master. Waits while the
/// receiver's queue is full. The body is encoded once, whatever the number of receivers.
/// </summary>
[Cmdlet(VerbsCommunications.Send, "WorkerMessage", DefaultParameterSetName = DefaultSet)]
public sealed class SendWorkerMessageCommand : ClusterCmdlet
{
    private const string DefaultSet = "Default";
    private const string WorkerSet = "Worker";
    private const string AllSet = "All";
    private const string AnySet = "Any";

    private readonly MessageEncoder _encoder = new(maxDepth: 32);
    private bool _bodyIsGiven;
    private TimeSpan _timeout = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>The object to send. Anything that is data, null included; an array is one message.</summary>
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

    /// <summary>The receivers: workers or their ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WorkerSet)]
    [ValidateNotNullOrEmpty]
    public WorkerTarget[] Worker { get; set; } = [];

    /// <summary>Sends to every worker that has not exited.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>Sends to the worker with the fewest unread messages.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AnySet)]
    public SwitchParameter Any { get; set; }

    /// <summary>A word by which the receiver can choose, at most 1,024 bytes of UTF-8.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Topic { get; set; }

    /// <summary>How long to wait for a receiver whose queue is full, in seconds. For ever by default.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>The master, by itself or its name, when several are running.</summary>
    [Parameter]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _bodyIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Body));
        if (MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)))
        {
            _timeout = TimeSpan.FromSeconds(TimeoutSec);
        }

        if (Topic is not null && Encoding.UTF8.GetByteCount(Topic) > DataHeader.MaxTopicBytes)
        {
            Fail(new ClusterException(
                ClusterErrorId.TopicInvalid, ErrorCategory.InvalidArgument, $"A topic may have at most {DataHeader.MaxTopicBytes} bytes of UTF-8.", Topic));
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
                SendTo(FindWorker(PipedTarget(), Master), _encoder.Encode(Body, Topic));
                return;
            }

            var isPipedWorker = HasNoTarget && InputObject is ClusterWorker or PSObject { BaseObject: ClusterWorker };
            if (!_bodyIsGiven && (isPipedWorker || !MyInvocation.ExpectingInput))
            {
                throw new ClusterException(ClusterErrorId.BodyMissing, ErrorCategory.InvalidArgument, "There is nothing to send: give a -Body.", InputObject);
            }

            if (HasNoTarget)
            {
                Fail(TargetMissing());
            }

            Send(_encoder.Encode(_bodyIsGiven ? Body : InputObject, Topic));
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }

    private bool HasNoTarget => ParameterSetName == DefaultSet && !IsWorker;

    private ClusterException TargetMissing() => new(
        ClusterErrorId.TargetMissing,
        ErrorCategory.InvalidArgument,
        "A master must say whom a message is for: -Worker with ids or workers (or pipe workers in), -All, or -Any for the least loaded.",
        _bodyIsGiven ? Body : InputObject);

    /// <summary>A piped object when the body is given: a worker or the id of one.</summary>
    private WorkerTarget PipedTarget() =>
        ParameterSetName != DefaultSet
            ? throw new ClusterException(
                ClusterErrorId.TargetAmbiguous, ErrorCategory.InvalidArgument, "The body and the receivers are given already; nothing can be piped in.", InputObject)
            : LanguagePrimitives.TryConvertTo<WorkerTarget>(InputObject, out var target) && target is not null
                ? target
                : throw new ClusterException(
                    ClusterErrorId.WorkerNotFound, ErrorCategory.InvalidArgument, $"'{InputObject}' is neither a worker nor the id of one.", InputObject);

    private void Send(OutgoingMessage message)
    {
        switch (ParameterSetName)
        {
            case WorkerSet:
                foreach (var target in Worker)
                {
                    SendTo(target, message);
                }

                break;
            case AllSet:
                var all = LiveWorkers();
                foreach (var run in all)
                {
                    SendTo(run, message);
                }

                break;
            case AnySet:
                SendTo(LiveWorkers().MinBy(run => run.Pending)!, message);
                break;
            default:
                SendToMaster(message);
                break;
        }
    }

    /// <summary>A receiver that is not there keeps nobody else from getting the message.</summary>
    private void SendTo(WorkerTarget target, OutgoingMessage message)
    {
        try
        {
            SendTo(FindWorker(target, Master), message);
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }

    private WorkerRun[] LiveWorkers()
    {
        var core = FindMaster(Master);
        var live = core.Live().Where(run => run.IsOpen).ToArray();
        return live.Length > 0 ? live : throw new ClusterException(
            ClusterErrorId.WorkerExited, ErrorCategory.ConnectionError, $"The master '{core.Options.Name}' has no worker left that could receive.", core.Master);
    }

    private void SendTo(WorkerRun run, OutgoingMessage message)
    {
        var result = Wait(() => run.Send(message, _timeout, StopToken));
        if (result != SendResult.Sent)
        {
            Report(result == SendResult.TimedOut
                ? TimedOut($"Worker {run.Worker.Id}", run.Worker)
                : new ClusterException(
                    ClusterErrorId.WorkerExited,
                    ErrorCategory.ConnectionError,
                    $"Worker {run.Worker.Id} has exited{(run.Worker.ExitReason is { } reason ? $" ({reason})" : string.Empty)}; the message was not sent.",
                    run.Worker));
        }
    }

    private void SendToMaster(OutgoingMessage message)
    {
        var session = WorkerSession.Current!;
        var result = Wait(() => session.Send(FrameKind.Message, message.Header, message.Body.Span, _timeout, StopToken));
        if (result != SendResult.Sent)
        {
            Report(result == SendResult.TimedOut
                ? TimedOut("The master", Body)
                : new ClusterException(
                    ClusterErrorId.ChannelClosed, ErrorCategory.ConnectionError, "The channel to the master is closed; the message was not sent.", Body));
        }
    }

    private ClusterException TimedOut(string who, object? target) => new(
        ClusterErrorId.SendTimeout,
        ErrorCategory.OperationTimeout,
        string.Create(CultureInfo.CurrentCulture, $"{who} did not take messages for {TimeoutSec} s and its queue is full; this message was not sent."),
        target);

    private static SendResult Wait(Func<SendResult> send)
    {
        try
        {
            return send();
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }
}
