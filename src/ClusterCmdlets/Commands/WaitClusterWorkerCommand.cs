using System.Globalization;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>
/// <para>Waits until workers are ready or have exited, and writes each one as soon as it is.</para>
/// <para>A worker that does not get there in time is an error, and so is one that exits before it is ready.</para>
/// </summary>
/// <remarks>
/// A worker that is restarted has exited: its successor is another worker, with an id of its own. Ctrl+C ends the wait and
/// changes nothing.
/// </remarks>
/// <seealso cref="ReceiveClusterEventCommand"/>
[Cmdlet(VerbsLifecycle.Wait, "ClusterWorker")]
[OutputType(typeof(ClusterWorker))]
public sealed class WaitClusterWorkerCommand : ClusterCmdlet
{
    private readonly List<WorkerInstance> _instances = [];

    /// <summary>
    /// Workers, their ids or ranges of them (<c>1..4</c>), slots (<c>slot:0</c>), or wildcards. Default: all workers of the master that have not exited.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WorkerIdCompleter))]
    [NumberRange]
    public WorkerTarget[]? Worker { get; set; }

    /// <summary>The state to wait for. Default: Exited.</summary>
    [Parameter]
    [ValidateSet(nameof(WorkerState.Ready), nameof(WorkerState.Exited))]
    public WorkerState State { get; set; } = WorkerState.Exited;

    /// <summary>The longest wait, in seconds. Default: no limit.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double TimeoutSec { get; set; }

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var target in Worker ?? [])
        {
            try
            {
                _instances.AddRange(FindWorkers(target, Master));
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
        if (Worker is null && !MyInvocation.ExpectingInput)
        {
            AddAll();
        }

        var isTimed = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec));
        using var timeout = new CancellationTokenSource();
        var over = Task.Delay(isTimed ? Deadline.ForTimer(TimeSpan.FromSeconds(TimeoutSec)) : Timeout.InfiniteTimeSpan, timeout.Token);
        var left = _instances.Distinct().ToDictionary(Goal, instance => instance);
        while (left.Count > 0)
        {
            var next = Task.WhenAny(left.Keys.Append(over));
            WaitFor(next);
#pragma warning disable VSTHRD002, VSTHRD103 // The task has completed.
            var done = next.Result;
#pragma warning restore VSTHRD002, VSTHRD103
            if (done == over && !left.Keys.Any(goal => goal.IsCompleted))
            {
                ReportLate(left.Values);
                break;
            }

            done = done == over ? left.Keys.First(goal => goal.IsCompleted) : done;
            Finish(done, left[done]);
            left.Remove(done);
        }

        timeout.Cancel();
    }

    private Task Goal(WorkerInstance instance) => State == WorkerState.Ready ? instance.Ready : instance.Exited;

    private void AddAll()
    {
        try
        {
            _instances.AddRange(FindMaster(Master).Workers.Live());
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
    }

    private void Finish(Task goal, WorkerInstance instance)
    {
        if (goal.Exception?.InnerException is ClusterException failure)
        {
            Report(failure);
        }
        else
        {
            WriteObject(ClusterWorker.Of(instance));
        }
    }

    private void ReportLate(IEnumerable<WorkerInstance> instances)
    {
        foreach (var instance in instances)
        {
            Report(new ClusterException(
                ClusterErrorId.WaitTimeout,
                ErrorCategory.OperationTimeout,
                string.Create(CultureInfo.CurrentCulture, $"Worker {instance.Id} is {instance.State} and was not {State} within {TimeoutSec} s."),
                instance));
        }
    }
}
