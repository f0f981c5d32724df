using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Events;
using Cluster.Hosting;
using Cluster.Logging;
using Cluster.Map;
using Cluster.Metrics;
using Cluster.Ports;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.Master;

/// <summary>
/// A master: joins its workers, those who keep them alive, their messages and its end. Knows no cmdlet. Thread-safe.
/// </summary>
internal sealed partial class MasterRuntime : IWorkerObserver
{
    /// <summary>What the log may still take of a process that ends.</summary>
    private static readonly TimeSpan LastLogTime = TimeSpan.FromMilliseconds(500);

    private readonly Action _removeFiles;
    private readonly MasterSettings _settings;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Heartbeat? _heartbeat;
    private readonly MasterLog? _log;
    private volatile string? _logFailure;
    private Task _idleWatch = Task.CompletedTask;
    private int _isCleaningUp;

    /// <summary>Creates a master without workers.</summary>
    /// <param name="options">How it starts and treats them.</param>
    /// <param name="owner">Whom it belongs to.</param>
    /// <param name="removeFiles">Removes the files of its pipes; called once, when its workers are gone.</param>
    /// <param name="createLifetime">Prepares what a worker runs in.</param>
    public MasterRuntime(MasterOptions options, MasterOwner owner, Action removeFiles, WorkerLifetimeFactory createLifetime)
    {
        Owner = owner;
        _removeFiles = removeFiles;
        _settings = new MasterSettings(options);
        Ports = new PortTable(OnListening, reason => OnEvent(ClusterEventName.ProtocolError, null, reason));
        Supervisor = new Supervisor(_settings, createLifetime, this);
        Totals = new MasterTotals(options.Name, Workers.Live, () => Inbox.Count, Ports.Count);
        _log = options.LogPath is null ? null : new MasterLog(
            MasterLog.In(options.LogPath, options.Name, options.LogFileBytes),
            $"{options.WorkerCount} workers of {options.Host.Paths.ScriptPath ?? (options.Launch.ScriptText is null ? "a pool" : "a script block")}, run by {options.Host.HostPath}.",
            OnLogFailed);
        _heartbeat = options.HeartbeatTimeout > TimeSpan.Zero ? new Heartbeat(options.HeartbeatTimeout, Workers.Live) : null;
        Watch();
    }

    /// <summary>
    /// Raised for everything that happens, on the thread that has learnt of it. A handler must return quickly and must not throw.
    /// </summary>
    public event Action<EventEntry>? Happened;

    /// <summary>When it was started, UTC.</summary>
    public DateTime StartTime { get; } = DateTime.UtcNow;

    /// <summary>Unique among the running masters of its owner.</summary>
    public string Name => Options.Name;

    /// <summary>How it starts and treats its workers.</summary>
    public MasterOptions Options => _settings.Current;

    /// <summary>Whom it belongs to, and so what ends it.</summary>
    public MasterOwner Owner { get; }

    /// <summary>Its workers.</summary>
    public WorkerTable Workers => Supervisor.Workers;

    /// <summary>Who keeps them alive.</summary>
    public Supervisor Supervisor { get; }

    /// <summary>What its workers serve.</summary>
    public PortTable Ports { get; }

    /// <summary>The maps whose items its workers run, if it is a pool.</summary>
    public MapTable Maps { get; } = new();

    /// <summary>What has happened.</summary>
    public EventLog Events { get; } = new();

    /// <summary>What it has counted.</summary>
    public MasterTotals Totals { get; }

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

    /// <summary>The master of a worker.</summary>
    /// <param name="instance">The worker.</param>
    /// <returns>The master, whom its worker's supervisor tells what happens.</returns>
    public static MasterRuntime Of(WorkerInstance instance) => (MasterRuntime)instance.Slot.Supervisor.Observer;

    /// <summary>Stops the master. A second call joins the first; without a drain it makes it kill.</summary>
    /// <param name="drain">How long workers may finish; null kills at once.</param>
    /// <param name="killNow">Ends the waits: what is left is killed.</param>
    /// <returns>Completes when every process and every file is gone.</returns>
    /// <exception cref="ClusterException">It has been stopped, and a step of that has failed. One caller is told.</exception>
    public async Task StopAsync(TimeSpan? drain, CancellationToken killNow)
    {
        var steps = new CleanupSteps();
        await steps.RunAsync(() => Supervisor.StopAsync(drain, killNow)).ConfigureAwait(false);
        if (Interlocked.Exchange(ref _isCleaningUp, 1) == 0)
        {
            await CleanUpAsync(steps).ConfigureAwait(false);
        }

        // The second must not return while the first still removes the files.
        await _stopped.Task.ConfigureAwait(false);
        if (steps.Failures is [var failure, ..])
        {
            throw failure as ClusterException ?? CleanupFailed(failure);
        }
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

    /// <summary>Kills every worker without waiting, for the end of the process: needs no disk and no lock that may be held for long.</summary>
    public void KillAll() => Supervisor.KillAll();

    /// <summary>Writes what is in the log, for the end of the process.</summary>
    public void FlushLog() => _log?.Flush(LastLogTime);

    /// <inheritdoc/>
    public void OnCreated(WorkerInstance worker)
    {
        Ports.OnCreated(worker);
        if (Options.IsPool)
        {
            Maps.OnCreated(worker);
        }
    }

    /// <inheritdoc/>
    public void OnEvent(ClusterEventName name, WorkerInstance? worker, string reason, ErrorRecord? error = null)
    {
        if (name == ClusterEventName.Exit)
        {
            // Readers that wait for this worker's messages, and senders that wait for a worker, look again.
            Inbox.Wake();
            Workers.Changed.Pulse();
            Ports.OnExited(worker!);
            Maps.OnExited(worker!);
        }
        else if (name == ClusterEventName.Ready)
        {
            Maps.OnReady();
        }

        Publish(new EventEntry(name, worker, reason) { Error = error });
    }

    /// <summary>A handler of a .NET event has failed. The handlers are not told.</summary>
    /// <param name="exception">What it threw.</param>
    public void OnHandlerFailed(Exception exception) => Keep(new EventEntry(ClusterEventName.HandlerFailed, null, exception.Message));

    /// <summary>Ends what is left of the master, in order: every part of it, whatever fails, so that nobody waits for ever.</summary>
    private async Task CleanUpAsync(CleanupSteps steps)
    {
        try
        {
            if (_heartbeat is not null)
            {
                await steps.RunAsync(() => _heartbeat.DisposeAsync().AsTask()).ConfigureAwait(false);
            }

            if (_log is not null)
            {
                await steps.RunAsync(() => _log.DisposeAsync().AsTask()).ConfigureAwait(false);
            }

            await steps.RunAsync(() => Ports.DisposeAsync().AsTask()).ConfigureAwait(false);
            await steps.RunAsync(EndMachinesAsync).ConfigureAwait(false);

            // Elsewhere: a file system may take its time.
            await steps.RunAsync(() => Task.Run(_removeFiles)).ConfigureAwait(false);
            foreach (var failure in steps.Failures.ToArray())
            {
                steps.Run(() => OnEvent(ClusterEventName.CleanupFailed, null, CleanupFailed(failure).Message, CleanupFailed(failure).ErrorRecord));
            }

            steps.Run(Inbox.Complete);
        }
        finally
        {
            // In this order: a reader of events that sees their end sees a master that has stopped.
            _stopped.TrySetResult();
            Events.Complete();
        }
    }

    private ClusterException CleanupFailed(Exception failure) => new(
        ClusterErrorId.CleanupFailed,
        ErrorCategory.NotSpecified,
        $"The master '{Name}' was stopped, but its clean-up failed: {failure.Message}",
        this,
        failure);

    private void OnListening(WorkerInstance worker, string port) =>
        Publish(new EventEntry(ClusterEventName.Listening, worker, $"It serves {port}.") { EndPoint = port });

    private void OnLogFailed(string reason)
    {
        _logFailure = reason;
        Publish(new EventEntry(ClusterEventName.LogFailed, null, reason));
    }

    private void Publish(EventEntry happened)
    {
        Totals.Note(happened.Name, happened.Worker);
        Keep(happened);
        Happened?.Invoke(happened);
    }

    private void Keep(EventEntry happened)
    {
        _log?.Add(happened);
        Events.Add(happened);
    }
}
