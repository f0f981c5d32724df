using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Messaging;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// <para>Sends objects as requests and waits for the answers, which the receiver's script gives with <c>Send-WorkerMessage
/// -ReplyTo</c>.</para>
/// <para>Objects from the pipeline are sent without waiting for earlier answers. Answers are written in the order of the
/// requests, in whatever order they arrive. An answer that is an error is written as that error.</para>
/// <para>In a worker, without a target, the master is asked.</para>
/// </summary>
/// <remarks>
/// A worker that exits before it has answered is an error of its request, and so is an answer that does not come within
/// <c>-TimeoutSec</c>. Answers need no room in a queue, so they pass the messages that wait.
/// </remarks>
/// <output cref="object">The answers, one for each request and worker.</output>
/// <seealso cref="SendWorkerMessageCommand"/>
/// <seealso cref="ReceiveWorkerMessageCommand"/>
[Cmdlet(VerbsLifecycle.Invoke, "WorkerRequest")]
[OutputType(typeof(object))]
public sealed class InvokeWorkerRequestCommand : ClusterCmdlet
{
    private readonly MessageEncoder _encoder = new(WorkerSession.Current?.Launch.MaxDepth);
    private MasterRuntime? _runtime;
    private RequestSender? _sender;

    /// <summary>The object to send: any data, <c>$null</c> included.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? Body { get; set; }

    /// <summary>
    /// The workers to ask, each once: workers, their ids or ranges of them (<c>1..4</c>), slots (<c>slot:0</c>), or wildcards; in a worker, ids of siblings. Default:
    /// the worker that has room and the least to do.
    /// </summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NumberRange]
    public WorkerTarget[]? Worker { get; set; }

    /// <summary>How long to wait for each answer, in seconds, from when the request is sent. Default: no limit.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>A topic that the receiver can filter by, at most 1,024 bytes of UTF-8.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TopicCompleter))]
    public string? Topic { get; set; }

    /// <summary>Returns maps and objects as ordered hashtables instead of custom objects.</summary>
    [Parameter]
    public SwitchParameter AsHashtable { get; set; }

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <summary>The master, looked up once for a command.</summary>
    private MasterRuntime Runtime => _runtime ??= FindMaster(Master);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        CheckTopic(Topic);
        _sender = new RequestSender(
            MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan, AsHashtable, StopToken);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            foreach (var result in _sender!.TakeUntilThereIsSpace())
            {
                Write(result);
            }

            SendBody();
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }

        while (_sender!.TryTake() is { } result)
        {
            Write(result);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            while (_sender!.WaitAndTake() is { } result)
            {
                Write(result);
            }
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

    private void SendBody()
    {
        var message = _encoder.Encode(Body, Topic);
        if (Worker is null && !(IsWorker && Master is null))
        {
            Check(_sender!.SendToAny(Runtime, message, Body));
            return;
        }

        foreach (var target in (IEnumerable<WorkerTarget?>?)Worker ?? [null])
        {
            SendTo(target, message);
        }
    }

    /// <summary>A worker that cannot be found keeps no other from being asked.</summary>
    private void SendTo(WorkerTarget? target, OutgoingMessage message)
    {
        try
        {
            foreach (var receiver in Receivers(target))
            {
                Check(_sender!.Send(receiver, message, Body));
            }
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }

    /// <summary>In a worker no target is its master, and an id a sibling, unless a master of its own is meant.</summary>
    private IEnumerable<Receiver> Receivers(WorkerTarget? target)
    {
        if (WorkerSession.Current is { } session && Master is null && target?.Worker is null)
        {
            return [new Receiver(session, target is null ? 0 : SiblingId(target))];
        }

        var instances = target!.Worker is null ? FindWorkers(target, Runtime) : FindWorkers(target, Master);
        return instances.Select(instance => new Receiver(instance.Connection));
    }

    private void Check(ClusterException? failure)
    {
        if (failure is not null)
        {
            Report(failure);
        }
    }

    private void Write(RequestResult result)
    {
        if (result.Error is { } error)
        {
            WriteError(PublicTarget.Of(error)!);
        }
        else
        {
            WriteObject(result.Body);
        }
    }
}
