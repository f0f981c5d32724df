using System.Diagnostics;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Supervision;

/// <content>The loop that runs a worker: takes signals, makes the next status, does what follows; and the end.</content>
internal sealed partial class WorkerInstance
{
    /// <summary>How long the connection may stay open after its process, or the process after its connection.</summary>
    private static readonly TimeSpan ExitGracePeriod = TimeSpan.FromSeconds(5);

    private readonly SignalMailbox _mailbox = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandon = new();
    private readonly StartupRecords _early = new();
    private readonly List<Timer> _timers = [];
    private readonly List<Task> _waits = [];
    private volatile IWorkerLifetime? _lifetime;
    private long _readyAt;

    private IWorkerObserver Observer => Slot.Supervisor.Observer;

    /// <summary>Runs the worker to its end. Called once; never fails.</summary>
    /// <param name="delay">How long to wait before its process is started.</param>
    /// <returns>Completes when its process, its children and its connection are gone.</returns>
    public async Task RunAsync(TimeSpan delay)
    {
        var steps = new CleanupSteps();
        try
        {
            PostAfter(delay, () => new(WorkerSignalKind.StartDue));
            while (!_status.IsOver)
            {
                Apply(await _mailbox.TakeAsync().ConfigureAwait(false));
            }
        }
#pragma warning disable CA1031 // An instance that failed would leave its slot, and all who wait for it, without an end.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // Whatever the system refuses: there are errors of its own when there are no more threads or timers.
            _status = _status with
            {
                Process = _status.Process == ProcessState.None ? ProcessState.Ended : _status.Process,
                Failure = _status.WasReady ? _status.Failure : _status.Failure ?? StartError(exception),
            };
            steps.Note(exception);
            _lifetime?.Kill();
        }
        finally
        {
            await EndAsync(steps).ConfigureAwait(false);
        }
    }

    private void Post(WorkerSignalKind kind) => _mailbox.Post(new(kind));

    private void PostAfter(TimeSpan delay, Func<WorkerSignal> signal) =>
        _timers.Add(new Timer(_ => _mailbox.Post(signal()), null, Deadline.ForTimer(delay), Timeout.InfiniteTimeSpan));

    private void Apply(WorkerSignal signal)
    {
        (_status, var effects) = WorkerLifeCycle.Step(_status, signal, DateTime.Now);
        foreach (var effect in effects)
        {
            Do(effect);
        }
    }

    private void Do(in WorkerEffect effect)
    {
        switch (effect.Kind)
        {
            case WorkerEffectKind.Raise:
                Observer.OnEvent(effect.Event, this, effect.Reason);
                break;
            case WorkerEffectKind.Start:
                Start();
                break;
            case WorkerEffectKind.Connect:
                _waits.Add(ConnectAsync(_lifetime!));
                break;
            case WorkerEffectKind.AbandonConnect:
                _abandon.Cancel();
                break;
            case WorkerEffectKind.Kill:
                _lifetime?.Kill();
                break;
            case WorkerEffectKind.CloseConnection:
                Connection.Close();
                break;
            case WorkerEffectKind.StartGracePeriod:
                PostAfter(ExitGracePeriod, () => new(WorkerSignalKind.GracePeriodOver));
                break;
            case WorkerEffectKind.AnnounceReady:
                Volatile.Write(ref _readyAt, Stopwatch.GetTimestamp());
                _early.Clear();
                _ready.TrySetResult();

                // A replacement is chosen for messages from now on: senders that found nobody else look again.
                Slot.Supervisor.Workers.Changed.Pulse();
                break;
        }
    }

    private void Start()
    {
        _options = _getOptions();
        PostAfter(_options.StartupTimeout, () => new(WorkerSignalKind.StartupTimedOut)
        {
            Failure = StartFailure.TimedOut(this, _options, _early.LastError, ErrorTail),
        });
        _waits.Add(StartAsync());
    }

    private async Task StartAsync()
    {
        IWorkerLifetime lifetime;
        try
        {
            lifetime = Slot.Place.CreateLifetime(
                _options.Host.With(Slot.Environment),
                (line, isError) => Observer.OnLine(Connection, line, isError),
                reason => Observer.OnEvent(ClusterEventName.ProtocolError, this, reason));
            _lifetime = lifetime;
            await lifetime.StartAsync().ConfigureAwait(false);
            _mailbox.Post(new(WorkerSignalKind.Started) { Number = lifetime.ProcessId });
        }
#pragma warning disable CA1031 // Sockets, pipes and threads have errors of their own when there are no more of them.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (exception is ClusterException { ErrorId: ClusterErrorId.MachineLost })
            {
                Post(WorkerSignalKind.MachineLost);
            }

            _mailbox.Post(new(WorkerSignalKind.StartFailed) { Failure = StartError(exception) });
            return;
        }

        await AwaitExitAsync(lifetime).ConfigureAwait(false);
    }

    private async Task AwaitExitAsync(IWorkerLifetime lifetime)
    {
        int? code = null;
        try
        {
            code = await lifetime.Exited.ConfigureAwait(false);
        }
        catch (ClusterException exception) when (exception.ErrorId == ClusterErrorId.MachineLost)
        {
            Post(WorkerSignalKind.MachineLost);
        }
        finally
        {
            // Also when the system cannot tell the code: it is an end.
            _mailbox.Post(new(WorkerSignalKind.Exited) { Number = code });
        }
    }

    private async Task ConnectAsync(IWorkerLifetime lifetime)
    {
        try
        {
            var link = await lifetime.ConnectAsync(_abandon.Token).ConfigureAwait(false);

            // Before the worker's first word.
            Post(WorkerSignalKind.Connected);
            Connection.Connect(link, LaunchPayload.Join(lifetime.Paths, _options.LaunchPayload));
        }
        catch (OperationCanceledException)
        {
            // The process has ended before it connected; its end says why.
            Post(WorkerSignalKind.ConnectAbandoned);
        }
#pragma warning disable CA1031 // As in Start.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _mailbox.Post(new(WorkerSignalKind.ConnectFailed) { Failure = StartError(exception) });
        }
    }

    private ClusterException StartError(Exception exception) => exception as ClusterException ?? new ClusterException(
        ClusterErrorId.HostStartFailed, ErrorCategory.ResourceUnavailable, $"Worker {Id} could not be started or connected: {exception.Message}", this, exception);

    private async Task EndAsync(CleanupSteps steps)
    {
        try
        {
            foreach (var timer in _timers)
            {
                await steps.RunAsync(() => timer.DisposeAsync().AsTask()).ConfigureAwait(false);
            }

            // Both have ended, unless the loop has failed.
            steps.Run(_abandon.Cancel);
            await steps.RunAsync(() => Task.WhenAll(_waits).WaitAsync(ExitGracePeriod)).ConfigureAwait(false);
            if (_lifetime is { } lifetime)
            {
                await steps.RunAsync(() => lifetime.DisposeAsync().AsTask()).ConfigureAwait(false);
            }

            steps.Run(Connection.Dispose);
            steps.Run(ApplyRest);
            steps.Run(_early.Clear);
            steps.Run(Conclude);

            // Those who wait for an answer learn how it ended.
            steps.Run(Connection.EndReplies);
            steps.Run(CompleteReady);
            steps.Run(Connection.ReportLost);
            steps.Run(() => Observer.OnEvent(ClusterEventName.Exit, this, HowItEnded()));
            steps.Run(() => Slot.OnEnded(this, _status.Failure));
            if (steps.Failures is [var failure, ..])
            {
                steps.Run(() => Observer.OnEvent(ClusterEventName.CleanupFailed, this, $"It has ended, but a step of that failed: {failure.Message}"));
            }
        }
        finally
        {
            _abandon.Dispose();
            _ended.TrySetResult();
        }
    }

    /// <summary>What was said while the connection ended.</summary>
    private void ApplyRest()
    {
        while (_mailbox.TakeOrClose() is { } signal)
        {
            Apply(signal);
        }
    }

    private void Conclude()
    {
        var (ended, _) = WorkerLifeCycle.Step(_status, new(WorkerSignalKind.Ended), DateTime.Now);
        try
        {
            if (ended.Exit is { Reason: WorkerExitReason.StartFailed } exit)
            {
                ended = ended with { Failure = ended.Failure ?? StartFailure.Of(this, exit, _options, ErrorTail) };
            }

            // Its successor is there before this one is gone: the wait for messages goes on without a gap.
            Slot.OnEnding(this, ended.Exit!);
        }
        finally
        {
            _status = ended;
        }
    }

    private void CompleteReady()
    {
        _ready.TrySetException(_status.Failure ?? new ClusterException(
            ClusterErrorId.WorkerExited, ErrorCategory.InvalidResult, $"Worker {Id} ended before it was ready: {Outcome()}.", this));

        // Nobody may be waiting, as with -NoWait; the event says it then.
        _ = _ready.Task.Exception;
    }

    private string HowItEnded() => _status.Failure?.Message ?? $"{Outcome()}.";

    private string Outcome() => _status.Exit switch
    {
        { Signal: { } signal } exit => $"{exit.Reason}, {signal}",
        { Code: { } code } exit => $"{exit.Reason}, code {code}",
        var exit => $"{exit!.Reason}",
    };
}
