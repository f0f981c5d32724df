using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Messaging;
using Cluster.Supervision;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// What all commands of the module share: Ctrl+C as a cancellation, waits on the pipeline thread that it
/// ends, and errors.
/// </summary>
public abstract partial class ClusterCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled by Ctrl+C and by the end of the pipeline.</summary>
    protected CancellationToken StopToken => _stop.Token;

    /// <summary>Whether this process is a worker.</summary>
    protected static bool IsWorker => WorkerSession.Current is not null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Releases what the command holds.</summary>
    /// <param name="disposing">Whether called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
        }
    }

    /// <summary>Waits on the pipeline thread for work of the module's own threads; Ctrl+C ends the wait.</summary>
    /// <param name="task">The work.</param>
    /// <exception cref="PipelineStoppedException">Ctrl+C.</exception>
    protected void WaitFor(Task task) => WaitFor(task, progress: null, 0, () => 0, string.Empty);

    /// <summary>Waits on the pipeline thread for work of the module's own threads, and shows how far it is; Ctrl+C ends the wait.</summary>
    /// <param name="task">The work.</param>
    /// <param name="progress">Shows it, or null where nobody looks.</param>
    /// <param name="total">How many workers it is for.</param>
    /// <param name="done">Counts those that are done.</param>
    /// <param name="what">What is so of them, such as <c>are ready</c>.</param>
    /// <exception cref="PipelineStoppedException">Ctrl+C.</exception>
    private protected void WaitFor(Task task, PacedProgress? progress, int total, Func<int> done, string what)
    {
        try
        {
            // The pipeline thread is not in a synchronisation context, and the task never needs it.
#pragma warning disable VSTHRD002
            progress?.ShowUntil(task, total, done, what, StopToken);
            Task.WaitAny([task], StopToken);
            task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Waits on the pipeline thread for a stop, and shows how far it is. Ctrl+C makes a stop kill, which ends this wait: nothing is left behind by it.</summary>
    /// <param name="stop">The stop.</param>
    /// <param name="instances">The workers that are stopped.</param>
    /// <exception cref="ClusterException">The stop has failed.</exception>
    private protected void WaitForStop(Task stop, IReadOnlyCollection<WorkerInstance> instances)
    {
        var progress = PacedProgress.For(this, instances.Count == 1 ? $"Stopping worker {instances.First()}" : "Stopping workers");
        try
        {
            progress?.ShowUntil(stop, instances.Count, () => instances.Count(instance => instance.Status.IsDead), "have exited", CancellationToken.None);
        }
        finally
        {
            // Also when Ctrl+C came while it was shown: what is written then throws.
            try
            {
#pragma warning disable VSTHRD002 // The pipeline thread is not in a synchronisation context, and the task never needs it.
                stop.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            }
            finally
            {
                progress?.Complete();
            }
        }
    }

    /// <summary>
    /// Whether what was to be written has reached nobody, because the pipeline was being stopped: then there is only the
    /// engine's own refusal between the exception and the command. A preference such as <c>-ErrorAction Stop</c> throws the
    /// same exception without a stop, when the record has been shown.
    /// </summary>
    /// <remarks>
    /// Nothing else tells. The position in the pipeline does not when the command stands in a function, whose output goes on outside;
    /// to keep it in any case would give those twice that the commands behind have dealt with, and never to keep it would lose those
    /// that arrive while Ctrl+C is pressed.
    /// </remarks>
    /// <param name="exception">What the writing has thrown.</param>
    /// <returns>True if it is to be kept for the next call.</returns>
    private protected bool IsUnwritten(PipelineStoppedException exception) =>
        Stopping && !new StackTrace(exception).GetFrames().Any(frame =>
            frame.GetMethod()?.DeclaringType is { } type
            && !type.IsAssignableTo(typeof(ClusterCmdlet))
            && type != typeof(StreamReplay)
            && type != typeof(Cmdlet)
            && !type.IsAssignableTo(typeof(ICommandRuntime)));

    /// <summary>Ends the command with an error.</summary>
    /// <param name="exception">The error.</param>
    protected void Fail(ClusterException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        ThrowTerminatingError(PublicTarget.Of(exception).ErrorRecord);
    }

    /// <summary>Reports an error of one input; the pipeline continues.</summary>
    /// <param name="exception">The error.</param>
    protected void Report(ClusterException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        WriteError(PublicTarget.Of(exception).ErrorRecord);
    }

    /// <summary>The masters of this session.</summary>
    /// <returns>In the order of their start, stopped ones included.</returns>
    private protected static IReadOnlyList<MasterRuntime> Masters() => MasterRegistry.Of(MasterOwner.Of(Runspace.DefaultRunspace));

    /// <summary>The master that a worker belongs to.</summary>
    /// <param name="instance">The worker.</param>
    /// <returns>The master.</returns>
    private protected static ClusterMaster MasterOf(WorkerInstance instance) => ClusterMaster.Of(MasterRuntime.Of(instance));

    /// <summary>The workers that the targets name.</summary>
    /// <param name="target">A worker, an id, a slot, or wildcards.</param>
    /// <param name="master">The value of <c>-Master</c>, or null.</param>
    /// <returns>The workers; none only for wildcards.</returns>
    /// <exception cref="ClusterException">There is none.</exception>
    private protected static IReadOnlyList<WorkerInstance> FindWorkers(WorkerTarget target, MasterTarget? master)
    {
        if (target.Worker?.Instance is not { } named)
        {
            return FindWorkers(target, FindMaster(master));
        }

        return master is null || master.Among([MasterRuntime.Of(named)]).Count > 0
            ? [named]
            : throw new ClusterException(
                ClusterErrorId.WorkerNotFound, ErrorCategory.InvalidArgument, $"Worker {target} does not belong to the master '{master}'.", target.Worker);
    }

    /// <summary>The workers of a master that the targets name.</summary>
    /// <param name="target">An id, a slot, or wildcards.</param>
    /// <param name="runtime">The master.</param>
    /// <returns>The workers; none only for wildcards.</returns>
    /// <exception cref="ClusterException">There is none.</exception>
    private protected static IReadOnlyList<WorkerInstance> FindWorkers(WorkerTarget target, MasterRuntime runtime)
    {
        // The usual case first: this is done for every message.
        if (target.Id is { } id && runtime.Workers.Find(id) is { } one)
        {
            return [one];
        }

        var found = runtime.Workers.All().Where(instance => target.Matches(ClusterWorker.Of(instance))).ToArray();
        return found.Length > 0 || target.HasWildcards
            ? found
            : throw new ClusterException(ClusterErrorId.WorkerNotFound, ErrorCategory.ObjectNotFound, $"There is no worker {target}.", target.ToString());
    }

    /// <summary>The sibling that a worker sends to.</summary>
    /// <param name="target">Its id.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ClusterException">A worker knows its siblings by their ids alone.</exception>
    private protected static int SiblingId(WorkerTarget target) => target.Id ?? throw new ClusterException(
        ClusterErrorId.WorkerNotFound, ErrorCategory.InvalidArgument, $"A worker reaches its siblings by their ids, not by '{target}'.", target.ToString());

    /// <summary>Ends the command if a topic is too long.</summary>
    /// <param name="topic">The topic, or null.</param>
    private protected void CheckTopic(string? topic)
    {
        if (topic is not null && System.Text.Encoding.UTF8.GetByteCount(topic) > MessageEncoder.MaxTopicBytes)
        {
            Fail(new ClusterException(
                ClusterErrorId.TopicInvalid, ErrorCategory.InvalidArgument, $"A topic may have at most {MessageEncoder.MaxTopicBytes} bytes of UTF-8.", topic));
        }
    }

    /// <summary>The error of a name that no master has.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The error.</returns>
    private protected static ClusterException NoSuchMaster(string name) =>
        new(ClusterErrorId.MasterNotFound, ErrorCategory.ObjectNotFound, $"There is no master named '{name}' in this session.", name);

    /// <summary>The master that a command is for: the named one, otherwise the only one.</summary>
    /// <param name="target">The value of <c>-Master</c>, or null.</param>
    /// <returns>The master.</returns>
    /// <exception cref="ClusterException">There is none, or several.</exception>
    private protected static MasterRuntime FindMaster(MasterTarget? target)
    {
        if (target?.Master is { } master)
        {
            return master.Runtime;
        }

        MasterRuntime[] named = [.. target?.Among(Masters()) ?? Masters().Where(runtime => !runtime.Options.IsPrivate)];
        var running = named.Where(runtime => runtime.State is not (ClusterMasterState.Stopped or ClusterMasterState.Idle)).ToArray();
        return (running, named) switch
        {
            ([var only], _) => only,
            ([], [.., var last]) => last,
            ([], []) => throw (target is not null ? NoSuchMaster(target.Name) : new ClusterException(
                ClusterErrorId.MasterNotFound,
                ErrorCategory.ObjectNotFound,
                "No master is running in this session. Start one with Start-ClusterMaster.")),
            _ => throw new ClusterException(
                ClusterErrorId.MasterAmbiguous,
                ErrorCategory.InvalidArgument,
                $"Several masters are running: {string.Join(", ", running.Select(runtime => runtime.Name))}. Name one with -Master.",
                target),
        };
    }
}
