using System.Management.Automation;
using Cluster.Api;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Logging;
using Cluster.Messaging;
using Cluster.Metrics;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.Master;

/// <summary>
/// A master: joins its workers, those who keep them alive, their messages and its end. Knows no cmdlet. Thread-safe.
/// </summary>
internal sealed class MasterRuntime : IWorkerObserver, IPeerGroup, IInboxOwner
{
    /// <summary>What the log may still take of a process that ends.</summary>
    private static readonly TimeSpan LastLogTime = TimeSpan.FromMilliseconds(500);

    /// <summary>What unread events may hold of the bodies of lost messages: two full queues of the usual size.</summary>
    private const long MaxEventBytes = 32 * 1024 * 1024;

    private readonly PipeDirectory _directory;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Heartbeat? _heartbeat;
    private readonly MasterLog? _log;
    private readonly object _changeGate = new();
    private volatile MasterOptions _options;
    private volatile string? _logFailure;
    private int _stopCalls;

    /// <summary>Creates a master without workers.</summary>
    /// <param name="options">How it starts and treats them.</param>
    /// <param name="directory">Where its pipes are; released when it has been stopped.</param>
    public MasterRuntime(MasterOptions options, PipeDirectory directory)
    {
        _options = options;
        _directory = directory;
        Supervisor = new Supervisor(this);
        Master = new ClusterMaster(this);
        _log = options.LogPath is null ? null : new MasterLog(
            MasterLog.In(options.LogPath, options.Name, options.LogFileBytes),
            $"{options.WorkerCount} workers of {options.Launch.ScriptPath ?? (options.Launch.ScriptText is null ? "a pool" : "a script block")}, instance by {options.HostPath}.",
            OnLogFailed);
        _heartbeat = options.HeartbeatTimeout > TimeSpan.Zero ? new Heartbeat(options.HeartbeatTimeout, Workers.Live) : null;
        Supervisor.Watch();
    }

    /// <summary>How it starts and treats its workers.</summary>
    public MasterOptions Options => _options;

    /// <summary>Its workers.</summary>
    public WorkerTable Workers { get; } = new();

    /// <inheritdoc/>
    string IPeerGroup.Name => Options.Name;

    /// <inheritdoc/>
    object? IPeerGroup.Subject => Master;

    /// <inheritdoc/>
    ChangeSignal IPeerGroup.Changed => Workers.Changed;

    /// <inheritdoc/>
    IReadOnlyList<IPeer> IPeerGroup.Peers => Workers.Peers();

    /// <summary>Who keeps them alive.</summary>
    public Supervisor Supervisor { get; }

    /// <summary>What users see of it.</summary>
    public ClusterMaster Master { get; }

    /// <summary>What has arrived from the workers.</summary>
    public Inbox<InboxItem> Inbox { get; } = new();

    /// <summary>What has happened.</summary>
    public Inbox<ClusterEvent> Events { get; } = new(new QueueBudget<ClusterEvent>(
        MaxEventBytes, happened => happened.BodyBytes, (happened, bytes) => happened.WithoutBodies(bytes)));

    /// <summary>What it has counted.</summary>
    public MasterTotals Totals { get; } = new();

    /// <summary>Why its log could not be written when that was tried last; null if it never failed.</summary>
    public string? LogFailure => _logFailure;

    /// <summary>Where it is in its life.</summary>
    public ClusterMasterState State
    {
        get
        {
            if (_stopped.Task.IsCompleted)
            {
                return ClusterMasterState.Stopped;
            }

            var live = Workers.Live();
            return Workers.IsClosed ? ClusterMasterState.Stopping
                : live.Count == 0 ? ClusterMasterState.Idle
                : live.Any(instance => !instance.Ready.IsCompleted) ? ClusterMasterState.Starting
                : ClusterMasterState.Running;
        }
    }

    /// <summary>Whether anything more can arrive from a worker, or from any.</summary>
    /// <param name="ids">The workers in question; null for all.</param>
    /// <returns>True when all of them have exited.</returns>
    public bool HasEnded(IReadOnlySet<int>? ids) =>
        Workers.Live().All(instance => ids is not null && !ids.Contains(instance.Worker.Number));

    /// <inheritdoc/>
    IPeer? IInboxOwner.OnlySource => Workers.Live() is [var only] ? only.Connection : null;

    /// <inheritdoc/>
    void IInboxOwner.OnWait()
    {
        foreach (var instance in Workers.Live())
        {
            instance.Connection.FlushCredit();
        }
    }

    /// <summary>Changes the options for what comes later.</summary>
    /// <param name="change">Gives the new options for the old ones.</param>
    public void Change(Func<MasterOptions, MasterOptions> change)
    {
        lock (_changeGate)
        {
            _options = change(_options);
        }

        Supervisor.Watch();
    }

    /// <summary>Stops the master. A second call joins the first; without a drain it makes it kill.</summary>
    /// <param name="drain">How long workers may finish; null kills at once.</param>
    /// <param name="hurry">Ends the waits: what is left is killed.</param>
    /// <returns>Completes when every process and every file is gone.</returns>
    /// <exception cref="ClusterException">It has been stopped, and something could not be removed. One caller is told.</exception>
    public async Task StopAsync(TimeSpan? drain, CancellationToken hurry)
    {
        var workersGone = Supervisor.StopAsync(drain, hurry);
        await Task.WhenAny(workersGone).ConfigureAwait(false);
        if (Interlocked.Increment(ref _stopCalls) == 1)
        {
            await CleanUpAsync(workersGone).ConfigureAwait(false);
        }

        // Whoever came second must not return while the first still removes the files.
        await _stopped.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// Stops the master because its session ends: <c>finally</c> blocks of its workers have a short while
    /// (<see cref="GracePeriod"/>), then all is killed.
    /// </summary>
    /// <returns>Completes when every process and every file is gone.</returns>
    public async Task EndAsync()
    {
        Workers.Close();
        await WorkerStop.EndAsync(Workers.Live()).ConfigureAwait(false);
        await StopAsync(drain: null, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Kills every worker without waiting, for the end of the process.</summary>
    public void KillAll()
    {
        Workers.Close();
        foreach (var instance in Workers.Live())
        {
            instance.Kill(requested: true);
        }

        _log?.Flush(LastLogTime);
    }

    /// <inheritdoc/>
    public void OnEvent(ClusterEventName name, ClusterWorker? worker, string reason, ErrorRecord? error = null)
    {
        if (name == ClusterEventName.Exit)
        {
            // Whoever waits for this worker's messages, or for somebody to send to, looks again.
            Inbox.Wake();
            Workers.Changed.Pulse();
        }

        Publish(new ClusterEvent(name, Options.Name, worker, reason) { Error = error });
    }

    /// <inheritdoc/>
    public void OnData(WorkerConnection channel, Frame frame)
    {
        _log?.Add(channel, frame);
        if (frame.Kind == FrameKind.Record || !Master.RaiseMessage(channel, frame))
        {
            Inbox.Add(new InboxItem(channel, frame), frame.Kind == FrameKind.Record);
        }
    }

    /// <inheritdoc/>
    public void OnAnswered(TimeSpan time)
    {
        Totals.RequestTimes.Record(time);
        try
        {
            ClusterMeter.RecordRequest(Options.Name, time);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whoever listens to the meter is called on this thread, which reads the worker's pipe.
            OnHandlerFailed(exception);
        }
    }

    /// <inheritdoc/>
    public void OnSiblingMessage(WorkerConnection sender, Frame frame)
    {
        var receiver = Workers.Live().FirstOrDefault(instance => instance.Worker.Id == frame.Header.Peer);
        if (receiver is null)
        {
            OnUndeliverable(sender, frame);
        }
        else
        {
            receiver.Connection.Relay(sender, frame, OnUndeliverable);
        }
    }

    /// <inheritdoc/>
    public void OnAcknowledged(Acknowledgement acknowledgement) =>
        Workers.Live().FirstOrDefault(instance => instance.Worker.Id == acknowledgement.Peer)?.Connection.Acknowledge(acknowledgement.Correlation);

    /// <inheritdoc/>
    public void OnMessagesLost(WorkerConnection channel, IReadOnlyList<Frame> messages) =>
        RaiseLost(channel, messages, fromWorker: false, $"{messages.Count} messages were not read before the worker ended.");

    /// <summary>A handler of a .NET event has failed. The handlers are not told.</summary>
    /// <param name="exception">What it threw.</param>
    public void OnHandlerFailed(Exception exception) =>
        Events.Add(new ClusterEvent(ClusterEventName.HandlerFailed, Options.Name, null, exception.Message), isRecord: true);

    /// <inheritdoc/>
    public void OnLine(WorkerConnection channel, string line, bool isError)
    {
        _log?.Add(channel, line, isError);
        Inbox.Add(new InboxItem(channel, default, line, isError), isRecord: true);
    }

    /// <summary>Ends what is left of the master: every part of it, whatever fails, so that nobody waits for ever.</summary>
    private async Task CleanUpAsync(Task workersGone)
    {
        Exception?[] failures =
        [
            await FailureOfAsync(() => workersGone).ConfigureAwait(false),
            await FailureOfAsync(() => DisposeAsync(_heartbeat)).ConfigureAwait(false),
            await FailureOfAsync(() => DisposeAsync(_log)).ConfigureAwait(false),
            await FailureOfAsync(() => Task.Run(_directory.Release)).ConfigureAwait(false),
        ];
        Inbox.Complete();
        Events.Complete();
        _stopped.TrySetResult();
        if (Array.Find(failures, one => one is not null) is { } failure)
        {
            throw failure as ClusterException ?? new ClusterException(
                ClusterErrorId.CleanupFailed,
                ErrorCategory.NotSpecified,
                $"The master '{Options.Name}' was stopped, but its clean-up failed: {failure.Message}",
                Master,
                failure);
        }
    }

    private static Task DisposeAsync(IAsyncDisposable? part) => part is null ? Task.CompletedTask : part.DisposeAsync().AsTask();

    private static async Task<Exception?> FailureOfAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
            return null;
        }
#pragma warning disable CA1031 // It is thrown when the rest has been done.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception;
        }
    }

    private void OnLogFailed(string reason)
    {
        _logFailure = reason;
        Publish(new ClusterEvent(ClusterEventName.LogFailed, Options.Name, null, reason));
    }

    private void OnUndeliverable(WorkerConnection sender, Frame frame)
    {
        if (Frame.NeedsCredit(frame.Kind))
        {
            sender.ReturnCredit(frame, isRead: false);
        }

        if (frame.Header.Correlation != 0 && frame.Kind is FrameKind.Request or FrameKind.Message)
        {
            sender.SendUndeliverable(frame.Header.Correlation);
        }

        if (frame.Kind is FrameKind.Request or FrameKind.Message)
        {
            RaiseLost(sender, [frame], fromWorker: true, $"Worker {frame.Header.Peer}, whom the worker wrote to, has ended or never was.");
        }
    }

    private void RaiseLost(WorkerConnection channel, IReadOnlyList<Frame> frames, bool fromWorker, string reason)
    {
        var messages = frames.Select(frame => MessageBodies.ToLostMessage(channel, frame, fromWorker)).ToArray();
        Publish(new ClusterEvent(ClusterEventName.MessagesLost, Options.Name, channel.Worker, reason, messages));
    }

    private void Publish(ClusterEvent happened)
    {
        Totals.Note(happened);
        _log?.Add(happened);
        Events.Add(happened, isRecord: true);
        Master.Raise(happened);
    }
}
