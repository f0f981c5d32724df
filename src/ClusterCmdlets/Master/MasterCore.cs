using System.Collections.ObjectModel;
using System.Management.Automation;
using Cluster.Hosting;
using Cluster.Logging;
using Cluster.Metrics;
using Cluster.Objects;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Master;

/// <summary>
/// A master: its workers, their messages and its end. Knows no cmdlet. Thread-safe; the list of workers is
/// guarded by one lock, under which nothing is called.
/// </summary>
internal sealed class MasterCore : IWorkerObserver
{
    /// <summary>Workers that have exited and are still listed.</summary>
    public const int MaxExited = 100;

    private static readonly TimeSpan StopPipelineTime = TimeSpan.FromSeconds(3);

    /// <summary>What the log may still take of a process that ends.</summary>
    private static readonly TimeSpan LastLogTime = TimeSpan.FromMilliseconds(500);

    private readonly object _gate = new();
    private readonly List<WorkerRun> _runs = [];
    private readonly List<Task> _tasks = [];
    private readonly PipeDirectory _directory = PipeDirectory.Use();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Heartbeat? _heartbeat;
    private readonly MasterLog? _log;
    private volatile string? _logFailure;
    private int _lastId;
    private int _stopCalls;
    private bool _isStopping;

    /// <summary>Creates a master without workers.</summary>
    /// <param name="options">How it starts and treats them.</param>
    public MasterCore(MasterOptions options)
    {
        Options = options;
        Master = new ClusterMaster(this);
        _log = options.LogPath is null ? null : new MasterLog(
            MasterLog.In(options.LogPath, options.Name, options.LogFileBytes),
            $"{options.WorkerCount} workers of {options.Launch.ScriptPath ?? (options.Launch.ScriptText is null ? "a pool" : "a script block")}, run by {options.HostPath}.",
            OnLogFailed);
        _heartbeat = options.HeartbeatTimeout > TimeSpan.Zero ? new Heartbeat(options.HeartbeatTimeout, Live) : null;
    }

    /// <summary>How it starts and treats its workers.</summary>
    public MasterOptions Options { get; }

    /// <summary>What users see of it.</summary>
    public ClusterMaster Master { get; }

    /// <summary>What has arrived from the workers.</summary>
    public Inbox<Arrival> Inbox { get; } = new();

    /// <summary>What has happened.</summary>
    public Inbox<ClusterEvent> Events { get; } = new();

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

            var live = Live();
            lock (_gate)
            {
                return _isStopping ? ClusterMasterState.Stopping
                    : live.Count == 0 ? ClusterMasterState.Idle
                    : live.Any(run => !run.Ready.IsCompleted) ? ClusterMasterState.Starting
                    : ClusterMasterState.Running;
            }
        }
    }

    /// <summary>All listed workers, the exited ones included, by id.</summary>
    public ReadOnlyCollection<WorkerRun> Runs
    {
        get
        {
            lock (_gate)
            {
                return new ReadOnlyCollection<WorkerRun>([.. _runs]);
            }
        }
    }

    /// <summary>The workers that have not exited, by id.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<WorkerRun> Live()
    {
        lock (_gate)
        {
            return [.. _runs.Where(run => !run.Worker.IsDead)];
        }
    }

    /// <summary>A listed worker.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The worker, or null.</returns>
    public WorkerRun? FindWorker(int id)
    {
        lock (_gate)
        {
            return _runs.Find(run => run.Worker.Id == id);
        }
    }

    /// <summary>Starts one worker and returns at once.</summary>
    /// <param name="environment">Variables for this worker only.</param>
    /// <returns>The worker.</returns>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public WorkerRun StartWorker(IReadOnlyDictionary<string, string?> environment)
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                throw new ClusterException(
                    ClusterErrorId.MasterStopped, ErrorCategory.InvalidOperation, $"The master '{Options.Name}' has been stopped. Start a new one.", Master);
            }

            var taken = _runs.Where(run => !run.Worker.IsDead).Select(run => run.Worker.Slot).ToHashSet();
            var slot = Enumerable.Range(0, int.MaxValue).First(free => !taken.Contains(free));
            var run = new WorkerRun(new ClusterWorker(++_lastId, slot, Options.Name), Options, environment, this);
            _runs.Add(run);
            Forget();
            _tasks.RemoveAll(task => task.IsCompleted);
            _tasks.Add(Task.Run(run.RunAsync));
            return run;
        }
    }

    /// <summary>Whether anything more can arrive from a worker, or from any.</summary>
    /// <param name="ids">The workers in question; null for all.</param>
    /// <returns>True when all of them have exited.</returns>
    public bool HasEnded(IReadOnlySet<int>? ids) =>
        Live().All(run => ids is not null && !ids.Contains(run.Worker.Id));

    /// <summary>
    /// Stops workers: lets them finish, stops the pipeline of those that do not, kills the rest.
    /// </summary>
    /// <param name="runs">The workers.</param>
    /// <param name="drain">How long they may finish; null kills at once.</param>
    /// <param name="hurry">Ends the waits: what is left is killed.</param>
    /// <returns>Completes when they are gone.</returns>
    public static async Task StopWorkersAsync(IReadOnlyList<WorkerRun> runs, TimeSpan? drain, CancellationToken hurry)
    {
        if (drain is { } time)
        {
            await StepAsync(runs, StopMode.Drain, time, hurry).ConfigureAwait(false);
            await StepAsync(runs, StopMode.StopPipeline, StopPipelineTime, hurry).ConfigureAwait(false);
        }

        var rest = Left(runs);
        foreach (var run in rest)
        {
            run.Kill(requested: true);
        }

        await Task.WhenAll(rest.Select(run => run.Exited)).ConfigureAwait(false);
    }

    /// <summary>Stops the master. A second call joins the first; without a drain it makes it kill.</summary>
    /// <param name="drain">How long workers may finish; null kills at once.</param>
    /// <param name="hurry">Ends the waits: what is left is killed.</param>
    /// <returns>Completes when every process and every file is gone.</returns>
    public async Task StopAsync(TimeSpan? drain, CancellationToken hurry)
    {
        Task[] tasks;
        lock (_gate)
        {
            _isStopping = true;
            tasks = [.. _tasks];
        }

        await StopWorkersAsync(Live(), drain, hurry).ConfigureAwait(false);
        await Task.WhenAll(tasks).ConfigureAwait(false);
        if (Interlocked.Increment(ref _stopCalls) == 1)
        {
            if (_heartbeat is not null)
            {
                await _heartbeat.DisposeAsync().ConfigureAwait(false);
            }

            if (_log is not null)
            {
                await _log.DisposeAsync().ConfigureAwait(false);
            }

            _directory.Dispose();
            Inbox.Complete();
            Events.Complete();
            _stopped.TrySetResult();
        }

        // Whoever came second must not return while the first still removes the files.
        await _stopped.Task.ConfigureAwait(false);
    }

    /// <summary>Kills every worker without waiting, for the end of the process.</summary>
    public void KillAll()
    {
        foreach (var run in Live())
        {
            run.Kill(requested: true);
        }

        _log?.Flush(LastLogTime);
    }

    /// <inheritdoc/>
    public void OnEvent(ClusterEventName name, ClusterWorker worker, string reason)
    {
        if (name == ClusterEventName.Exit)
        {
            // Whoever waits for this worker's messages learns that none will come.
            Inbox.Wake();
        }

        Publish(new ClusterEvent(name, Options.Name, worker, reason));
    }

    /// <inheritdoc/>
    public void OnData(WorkerChannel channel, Frame frame)
    {
        _log?.Add(channel, frame);
        if (frame.Kind == FrameKind.Record || !Master.RaiseMessage(channel, frame))
        {
            Inbox.Add(new Arrival(channel, frame), frame.Kind == FrameKind.Record);
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
    public void OnSiblingMessage(WorkerChannel sender, Frame frame)
    {
        var receiver = Live().FirstOrDefault(run => run.Worker.Id == frame.Header.Peer);
        if (receiver is null)
        {
            OnUndeliverable(sender, frame);
        }
        else
        {
            receiver.Channel.Relay(sender, frame, OnUndeliverable);
        }
    }

    /// <inheritdoc/>
    public void OnAcknowledged(Acknowledgement acknowledgement) =>
        Live().FirstOrDefault(run => run.Worker.Id == acknowledgement.Peer)?.Channel.Acknowledge(acknowledgement.Correlation);

    /// <inheritdoc/>
    public void OnLost(WorkerChannel channel, IReadOnlyList<Frame> messages) =>
        RaiseLost(channel, messages, fromWorker: false, $"{messages.Count} messages were not read before the worker ended.");

    /// <summary>A handler of a .NET event has failed. The handlers are not told.</summary>
    /// <param name="exception">What it threw.</param>
    public void OnHandlerFailed(Exception exception) =>
        Events.Add(new ClusterEvent(ClusterEventName.HandlerFailed, Options.Name, null, exception.Message), isRecord: true);

    /// <inheritdoc/>
    public void OnLine(WorkerChannel channel, string line, bool isError)
    {
        _log?.Add(channel, line, isError);
        Inbox.Add(new Arrival(channel, default, line, isError), isRecord: true);
    }

    private void OnLogFailed(string reason)
    {
        _logFailure = reason;
        Publish(new ClusterEvent(ClusterEventName.LogFailed, Options.Name, null, reason));
    }

    private void OnUndeliverable(WorkerChannel sender, Frame frame)
    {
        sender.NoteRelayed(frame);
        if (frame.Header.Correlation != 0 && frame.Kind is FrameKind.Request or FrameKind.Message)
        {
            sender.Refuse(frame.Header.Correlation);
        }

        if (frame.Kind is FrameKind.Request or FrameKind.Message)
        {
            RaiseLost(sender, [frame], fromWorker: true, $"Worker {frame.Header.Peer}, whom the worker wrote to, has ended or never was.");
        }
    }

    private void RaiseLost(WorkerChannel channel, IReadOnlyList<Frame> frames, bool fromWorker, string reason)
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

    private static async Task StepAsync(IReadOnlyList<WorkerRun> runs, StopMode mode, TimeSpan time, CancellationToken hurry)
    {
        var left = Left(runs);
        if (left.Count == 0 || hurry.IsCancellationRequested)
        {
            return;
        }

        foreach (var run in left)
        {
            run.RequestStop(mode);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(hurry);
        await Task.WhenAny(Task.WhenAll(left.Select(run => run.Exited)), Task.Delay(time, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    private static List<WorkerRun> Left(IReadOnlyList<WorkerRun> runs) => [.. runs.Where(run => !run.Exited.IsCompleted)];

    /// <summary>Drops the oldest exited workers over the number that is kept.</summary>
    private void Forget()
    {
        var exited = _runs.Count(run => run.Worker.IsDead);
        for (var i = 0; i < _runs.Count && exited > MaxExited; i++)
        {
            if (_runs[i].Worker.IsDead)
            {
                _runs.RemoveAt(i--);
                exited--;
            }
        }
    }
}
