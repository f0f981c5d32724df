using System.Globalization;
using System.Management.Automation;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Messaging;
using Cluster.Serialization;
using Cluster.Transport;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// Sends objects and waits for the answers that their receivers give with <c>Send-WorkerMessage -ReplyTo</c>. Piped objects
/// are sent at once; answers are written in the order of the requests, in whatever order they arrive. An answer that is
/// an error is written as that error. In a worker, without a target, the master is asked.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "WorkerRequest")]
[OutputType(typeof(object))]
public sealed class InvokeWorkerRequestCommand : ClusterCmdlet
{
    private readonly Queue<PendingRequest> _pending = new();
    private readonly MessageEncoder _encoder = new();
    private MasterRuntime? _runtime;
    private TimeSpan _timeout = Timeout.InfiniteTimeSpan;

    /// <summary>The object to send.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? Body { get; set; }

    /// <summary>The workers to ask, each once. By default the one with the fewest unread messages and unanswered requests.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public WorkerTarget[]? Worker { get; set; }

    /// <summary>How long to wait for each answer, in seconds, from when it is sent. For ever by default.</summary>
    [Parameter]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>A word by which the receiver can choose, at most 1,024 bytes of UTF-8.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Topic { get; set; }

    /// <summary>Gives maps and objects as ordered hashtables instead of custom objects.</summary>
    [Parameter]
    public SwitchParameter AsHashtable { get; set; }

    /// <summary>The master, by itself or its name, when several are running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <summary>The master, looked up once for a command.</summary>
    private MasterRuntime Runtime => _runtime ??= FindMaster(Master);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        CheckTopic(Topic);
        if (MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)))
        {
            _timeout = TimeSpan.FromSeconds(TimeoutSec);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            var message = _encoder.Encode(Body, Topic);
            if (Worker is null && !(IsWorker && Master is null))
            {
                SendToAny(message);
            }
            else
            {
                foreach (var target in (IEnumerable<WorkerTarget?>?)Worker ?? [null])
                {
                    SendTo(target, message);
                }
            }
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }

        while (_pending.TryPeek(out var first) && first.Answer.IsCompleted)
        {
            Finish(_pending.Dequeue());
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var target in _pending.Select(request => request.Target).Distinct())
        {
            target.Flush();
        }

        while (_pending.TryDequeue(out var request))
        {
            Await(request);
            Finish(request);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var request in _pending)
        {
            request.Target.Replies.Forget(request.Correlation);
        }

        base.Dispose(disposing);
    }

    /// <summary>A worker that cannot be found keeps no other from being asked.</summary>
    private void SendTo(WorkerTarget? target, OutgoingMessage message)
    {
        try
        {
            foreach (var (receiver, peer) in Receivers(target))
            {
                Report(Send(receiver, peer, message, Deadline.After(_timeout)), receiver, peer);
            }
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }

    /// <summary>In a worker no target is its master, and an id a sibling, unless a master of its own is meant.</summary>
    private IEnumerable<(IPeer Receiver, int Peer)> Receivers(WorkerTarget? target)
    {
        if (WorkerSession.Current is { } session && Master is null && target?.Worker is null)
        {
            return [(session, target is null ? 0 : SiblingId(target))];
        }

        var instances = target!.Worker is null ? FindWorkers(target, Runtime) : FindWorkers(target, Master);
        return instances.Select(instance => ((IPeer)instance.Connection, 0));
    }

    /// <summary>
    /// A worker that begins to leave, or dies, while it is chosen has not got the request: the next one is asked. One
    /// that has got it answers before it ends.
    /// </summary>
    private void SendToAny(OutgoingMessage message)
    {
        var deadline = Deadline.After(_timeout);
        while (true)
        {
            if (LeastLoadedRouter.LeastLoaded(Runtime, deadline, StopToken) is not { } instance)
            {
                Report(SendErrors.TimedOut("No worker", TimeoutSec, Body));
                return;
            }

            var result = Send(instance.Connection, 0, message, deadline);
            if (result != SendResult.Closed)
            {
                Report(result, instance.Connection, 0);
                return;
            }
        }
    }

    private SendResult Send(IPeer target, int peer, OutgoingMessage message, Deadline deadline)
    {
        var answer = target.Replies.Open(out var correlation);
        try
        {
            var result = target.Send(
                FrameKind.Request, message.Header with { Correlation = correlation, Peer = peer }, message.Body.Span, deadline.Remaining, StopToken);
            if (result == SendResult.Sent)
            {
                _pending.Enqueue(new PendingRequest(target, correlation, answer, deadline, peer, Body));
                return result;
            }

            target.Replies.Forget(correlation);
            return result;
        }
        catch (OperationCanceledException)
        {
            target.Replies.Forget(correlation);
            throw;
        }
    }

    private void Report(SendResult result, IPeer target, int peer)
    {
        if (result != SendResult.Sent)
        {
            Report(result == SendResult.TimedOut ? SendErrors.TimedOut(Name(target, peer), TimeoutSec, Body) : SendErrors.Closed(target, Body));
        }
    }

    private void Await(PendingRequest request)
    {
        request.Target.ReadUntil(() => request.Answer.IsCompleted, request.Deadline, StopToken);
        try
        {
#pragma warning disable VSTHRD002 // The pipeline thread waits for the channel's reader, which never waits for it.
            request.Answer.Wait((int)Math.Min(int.MaxValue, request.Deadline.Remaining.TotalMilliseconds), StopToken);
#pragma warning restore VSTHRD002
        }
        catch (OperationCanceledException)
        {
            request.Target.Replies.Forget(request.Correlation);
            throw new PipelineStoppedException();
        }
    }

    private void Finish(PendingRequest request)
    {
        request.Target.Replies.Forget(request.Correlation);
        if (!request.Answer.IsCompleted)
        {
            Report(new ClusterException(
                ClusterErrorId.RequestTimeout,
                ErrorCategory.OperationTimeout,
                string.Create(CultureInfo.CurrentCulture, $"{Name(request)} did not answer within {TimeoutSec} s."),
                request.Body));
            return;
        }

#pragma warning disable VSTHRD002 // It has completed.
        var answer = request.Answer.Result;
#pragma warning restore VSTHRD002
        if (answer is null)
        {
            Report(SendErrors.Closed(request.Target, request.Body, "the request was not answered"));
            return;
        }

        try
        {
            var (body, error) = MessageReplies.Read(answer.Value, AsHashtable ? MapStyle.Hashtable : MapStyle.PSObject);
            if (error is not null)
            {
                WriteError(error);
            }
            else
            {
                WriteObject(body);
            }
        }
        catch (BodyMalformedException exception)
        {
            Report(new ClusterException(
                ClusterErrorId.BodyMalformed, ErrorCategory.InvalidData, $"The answer of {Name(request)} cannot be decoded: {exception.Message}", request.Body, exception));
        }
    }

    private static string Name(PendingRequest request) => Name(request.Target, request.Peer);

    private static string Name(IPeer target, int peer) =>
        (peer, target.Id) switch
        {
            (0, 0) => "The master",
            (0, var id) => $"Worker {id}",
            _ => $"Worker {peer}",
        };

    private sealed record PendingRequest(
        IPeer Target, long Correlation, Task<Frame?> Answer, Deadline Deadline, int Peer, object? Body);
}
