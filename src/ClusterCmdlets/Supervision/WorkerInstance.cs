using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Supervision;

/// <summary>
/// One worker from its process's start to its end: joins the process and the channel, and writes the
/// <see cref="ClusterWorker"/> that users see. Only this class changes a worker's state. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "EndAsync, the last act of every instance, releases both.")]
internal sealed class WorkerInstance : IWorkerLife
{
    /// <summary>How long the pipe may stay open after its process, or the process after its pipe.</summary>
    private static readonly TimeSpan ExitGracePeriod = TimeSpan.FromSeconds(5);

    private readonly Func<MasterOptions> _getOptions;
    private readonly WorkerSlot _slot;
    private readonly IWorkerObserver _observer;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Exception?> _channelClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goAhead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandon = new();
    private readonly StartupRecords _early = new();
    private MasterOptions _options;
    private long _readyAt;
    private volatile WorkerProcess? _process;
    private volatile Goodbye? _goodbye;
    private volatile ClusterException? _failure;
    private volatile bool _stopRequested;
    private volatile bool _leftVoluntarily;
    private volatile bool _killed;
    private volatile bool _silent;
    private volatile bool _recycled;

    /// <summary>Prepares a worker; messages can be sent to it from now on.</summary>
    /// <param name="worker">What users see of it.</param>
    /// <param name="options">Gives the master's options; asked again when the process is started.</param>
    /// <param name="slot">The slot it belongs to, which is told of its end.</param>
    /// <param name="observer">Who is told what happens.</param>
    public WorkerInstance(ClusterWorker worker, Func<MasterOptions> options, WorkerSlot slot, IWorkerObserver observer)
    {
        Worker = worker;
        _getOptions = options;
        _options = options();
        _slot = slot;
        _observer = observer;
        Connection = new WorkerConnection(worker, _options.Limits, observer, this);
        worker.Run = this;
    }

    /// <summary>What users see of it.</summary>
    public ClusterWorker Worker { get; }

    /// <summary>The way to it.</summary>
    public WorkerConnection Connection { get; }

    /// <summary>The slot it belongs to.</summary>
    public WorkerSlot Slot => _slot;

    /// <summary>Whether it takes the place of another.</summary>
    public bool TakesOver { get; init; }

    /// <summary>Whether it takes the place of another and has not shown yet that it can.</summary>
    public bool IsUnprovenReplacement => TakesOver && !_ready.Task.IsCompletedSuccessfully;

    /// <summary>A random number from 0 to 1 of its own, so that workers of the same age do not do the same at once.</summary>
    public double JitterFactor { get; } = Random.Shared.NextDouble();

    /// <summary>What its slot has decided at its end; null before, and when it did not hold the slot.</summary>
    public RestartDecision? RestartDecision { get; set; }

    /// <summary>The worker that was put in its place after its end, or null. Set by its slot.</summary>
    public WorkerInstance? Successor { get; set; }

    /// <summary>How long it has been ready; zero if it is not.</summary>
    public TimeSpan ReadyFor => Volatile.Read(ref _readyAt) is not 0 and var since ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Completes when it can take work; fails with a <see cref="ClusterException"/> when it never will.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when its process, its children and its pipe are gone.</summary>
    public Task Exited => _ended.Task;

    /// <summary>The end of its stderr.</summary>
    public IReadOnlyList<string> ErrorTail => _process?.ErrorTail ?? [];

    /// <summary>Its memory and processor time.</summary>
    public (long WorkingSet, TimeSpan ProcessorTime)? Usage => Worker.IsDead ? null : _process?.Usage;

    /// <summary>Runs the worker to its end. Called once; never fails.</summary>
    /// <param name="delay">How long to wait before its process is started.</param>
    /// <returns>Completes when its process, its children and its pipe are gone.</returns>
    public async Task RunAsync(TimeSpan delay)
    {
        await WaitAsync(_goAhead.Task, delay).ConfigureAwait(false);
        _options = _getOptions();
        if (_stopRequested && Worker.State == WorkerState.WaitingRestart)
        {
            _channelClosed.TrySetResult(null);
            await EndAsync(null).ConfigureAwait(false);
            return;
        }

        Worker.Advance(WorkerTrigger.Start);
        await RunProcessAsync().ConfigureAwait(false);
    }

    /// <summary>Asks the worker to stop. It may be repeated with a stricter mode.</summary>
    /// <param name="mode">How.</param>
    public void RequestStop(StopMode mode)
    {
        _stopRequested = true;
        if (Worker.Advance(WorkerTrigger.Drain) || mode != StopMode.Drain)
        {
            _observer.OnEvent(ClusterEventName.Stopping, Worker, mode == StopMode.Drain ? "Drain." : "Stop the pipeline.");
        }

        Connection.SendStop(mode);
        _goAhead.TrySetResult();
    }

    /// <summary>Another has taken its place; its end is not a failure, whatever it is asked to do now.</summary>
    /// <param name="isRecycled">Whether because it has reached a limit.</param>
    public void MarkReplaced(bool isRecycled) => _recycled = isRecycled;

    /// <summary>Ends its wait: a worker that waits for its start is started now.</summary>
    public void StartNow() => _goAhead.TrySetResult();

    /// <summary>Ends the process and its children at once.</summary>
    /// <param name="requested">Whether a user asked for it.</param>
    public void Kill(bool requested)
    {
        _stopRequested |= requested;
        _killed = true;
        if (!Worker.IsDead)
        {
            _observer.OnEvent(ClusterEventName.Stopping, Worker, "Kill.");
        }

        _goAhead.TrySetResult();
        _process?.Kill();
    }

    private async Task RunProcessAsync()
    {
        using var startup = new CancellationTokenSource(Deadline.ForTimer(_options.StartupTimeout));
        using var timeout = startup.Token.Register(() => OnStartupTimeout());
        int? exitCode = null;
        try
        {
            using var pipe = new WorkerPipe(reason => _observer.OnEvent(ClusterEventName.ProtocolError, Worker, reason));
            var token = Hello.NewToken();
            _process = WorkerProcessFactory.Start(_options, _slot.Environment, pipe.Name, token, (line, isError) => _observer.OnLine(Connection, line, isError));
            Worker.ProcessId = _process.Id;
            if (_killed)
            {
                _process.Kill();
            }

            _observer.OnEvent(ClusterEventName.Fork, Worker, "The process was started.");
            var exited = AbandonWhenExitedAsync(_process.Exited);
            await ConnectAsync(pipe, token).ConfigureAwait(false);
            await exited.ConfigureAwait(false);
            exitCode = await _process.Exited.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A instance that failed would leave its slot, and all who wait for it, without an end.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // Whatever the system refuses: sockets, pipes and threads have errors of their own when there are no more of them.
            _failure ??= exception as ClusterException ?? new ClusterException(
                ClusterErrorId.HostStartFailed, ErrorCategory.ResourceUnavailable, $"Worker {Worker.Id} could not be started or connected: {exception.Message}", Worker, exception);
            _process?.Kill();
        }
        finally
        {
            await EndAsync(exitCode).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the process because nothing is heard from it. Harmless when it is ending anyway.</summary>
    /// <param name="reason">Since when, in words.</param>
    public void KillUnresponsive(string reason)
    {
        if (_killed || Worker.IsDead)
        {
            return;
        }

        _silent = true;
        if (!_ready.Task.IsCompleted)
        {
            _failure = new ClusterException(
                ClusterErrorId.WorkerStartFailed, ErrorCategory.OperationTimeout, $"Worker {Worker.Id} hung before it was ready. {reason}", Worker);
        }

        _observer.OnEvent(ClusterEventName.Unresponsive, Worker, reason);
        Kill(requested: false);
    }

    private async Task AbandonWhenExitedAsync(Task exited)
    {
        await exited.ConfigureAwait(false);
        await _abandon.CancelAsync().ConfigureAwait(false);
    }

    private async Task ConnectAsync(WorkerPipe pipe, byte[] token)
    {
        try
        {
            var (stream, reader) = await pipe.AcceptAsync(token, _process!.Id, _abandon.Token).ConfigureAwait(false);
            Connection.Connect(stream, reader, _options.LaunchPayload);
        }
        catch (OperationCanceledException)
        {
            // The process has ended before it connected; its end says why.
            _channelClosed.TrySetResult(null);
            return;
        }

        await CloseInStepAsync().ConfigureAwait(false);
    }

    /// <summary>Waits for the channel's end, and does not let the process outlive it for long.</summary>
    private async Task CloseInStepAsync()
    {
        var first = await Task.WhenAny(_channelClosed.Task, _process!.Exited).ConfigureAwait(false);
        if (first == _channelClosed.Task)
        {
            await NoteDisconnectAsync().ConfigureAwait(false);
            await WaitAsync(_process.Exited, ExitGracePeriod).ConfigureAwait(false);
            if (!_process.Exited.IsCompleted)
            {
                Kill(requested: false);
            }
        }
        else
        {
            await WaitAsync(_channelClosed.Task, ExitGracePeriod).ConfigureAwait(false);
            await NoteDisconnectAsync().ConfigureAwait(false);
        }
    }

    private async Task NoteDisconnectAsync()
    {
        Connection.Close();
        var failure = _channelClosed.Task.IsCompleted ? await _channelClosed.Task.ConfigureAwait(false) : null;
        if (failure is ProtocolException)
        {
            _observer.OnEvent(ClusterEventName.ProtocolError, Worker, failure.Message);
        }

        _observer.OnEvent(ClusterEventName.Disconnect, Worker, failure?.Message ?? "The channel has closed.");
    }

    private static async Task WaitAsync(Task task, TimeSpan time)
    {
        // WhenAny rather than WaitAsync: running out of time is a normal outcome here, not an exception.
        using var stop = new CancellationTokenSource();
        await Task.WhenAny(task, Task.Delay(Deadline.ForTimer(time), stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    void IWorkerLife.OnOnline()
    {
        Worker.Advance(WorkerTrigger.Connect);
        _observer.OnEvent(ClusterEventName.Online, Worker, "The worker has connected.");
    }

    /// <inheritdoc/>
    void IWorkerLife.OnReady()
    {
        Worker.Advance(WorkerTrigger.GetReady);
        if (!_ready.Task.IsCompleted)
        {
            Volatile.Write(ref _readyAt, Stopwatch.GetTimestamp());
            _early.Clear();

            // Before those who wait for it go on, and raise events that follow from it.
            _observer.OnEvent(ClusterEventName.Ready, Worker, "The worker can take work.");
        }

        _ready.TrySetResult();
    }

    /// <inheritdoc/>
    void IWorkerLife.OnRecord(in Frame frame)
    {
        if (!_ready.Task.IsCompleted)
        {
            _early.Add(frame);
        }
    }

    /// <inheritdoc/>
    void IWorkerLife.OnLeave()
    {
        _leftVoluntarily = true;
        Worker.Advance(WorkerTrigger.Drain);
    }

    /// <inheritdoc/>
    void IWorkerLife.OnGoodbye(Goodbye goodbye) => _goodbye = goodbye;

    /// <inheritdoc/>
    void IWorkerLife.OnChannelClosed(Exception? failure) => _channelClosed.TrySetResult(failure);

    private void OnStartupTimeout()
    {
        if (_ready.Task.IsCompleted || Worker.IsDead)
        {
            return;
        }

        _failure = StartFailure.TimedOut(Worker, _options, _early.LastError, ErrorTail);
        Kill(requested: false);
    }

    private async Task EndAsync(int? exitCode)
    {
        if (_process is not null)
        {
            _process.KillLeftBehind();
            await _process.FinishDrainingAsync().ConfigureAwait(false);
        }

        Connection.Dispose();
        _early.Clear();
        var exit = ExitClassifier.Judge(new ExitEvidence
        {
            ProcessCode = exitCode,
            MayBeSignal = !OperatingSystem.IsWindows(),
            Goodbye = _goodbye,
            WasReady = _ready.Task.IsCompletedSuccessfully,
            StopRequested = _stopRequested,
            LeftVoluntarily = _leftVoluntarily,
            KilledByMaster = _killed,
            WasSilent = _silent,
            Recycled = _recycled,
        });
        if (exit.Reason is WorkerExitReason.StartFailed)
        {
            _failure ??= StartFailure.Of(Worker, exit, _options, ErrorTail);
        }

        // Whoever takes over is there before this one is gone: the wait for messages goes on without a gap.
        _slot.OnEnding(this, exit);
        Worker.Advance(WorkerTrigger.End, exit);

        // Those who wait for an answer learn how it ended.
        Connection.EndReplies();

        var outcome = exit switch
        {
            { Signal: { } signal } => $"{exit.Reason}, {signal}",
            { Code: { } code } => $"{exit.Reason}, code {code}",
            _ => $"{exit.Reason}",
        };
        _ready.TrySetException(_failure ?? new ClusterException(
            ClusterErrorId.WorkerExited, ErrorCategory.InvalidResult, $"Worker {Worker.Id} ended before it was ready: {outcome}.", Worker));

        // Nobody may be waiting, as with -NoWait; the event says it then.
        _ = _ready.Task.Exception;

        Connection.ReportLost();
        _observer.OnEvent(ClusterEventName.Exit, Worker, _failure?.Message ?? $"{outcome}.");
        _slot.OnEnded(this, _failure);
        _process?.Dispose();
        await _abandon.CancelAsync().ConfigureAwait(false);
        _abandon.Dispose();
        _ended.TrySetResult();
    }
}
