using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Supervision;

/// <summary>
/// A worker's life: what follows from what happens to it, and what is to be done about it. The states that users see and the
/// ways between them are the table below; signals that cross with a later state change nothing. Pure.
/// </summary>
internal static class WorkerLifeCycle
{
    private static readonly Dictionary<(WorkerState State, WorkerSignalKind Signal), WorkerState> Table = new()
    {
        [(WorkerState.WaitingRestart, WorkerSignalKind.StartDue)] = WorkerState.Starting,
        [(WorkerState.WaitingRestart, WorkerSignalKind.Ended)] = WorkerState.Exited,

        [(WorkerState.Starting, WorkerSignalKind.Online)] = WorkerState.Online,
        [(WorkerState.Starting, WorkerSignalKind.Drain)] = WorkerState.Draining,
        [(WorkerState.Starting, WorkerSignalKind.StopPipeline)] = WorkerState.Draining,
        [(WorkerState.Starting, WorkerSignalKind.Left)] = WorkerState.Draining,
        [(WorkerState.Starting, WorkerSignalKind.Ended)] = WorkerState.Exited,

        [(WorkerState.Online, WorkerSignalKind.Ready)] = WorkerState.Ready,
        [(WorkerState.Online, WorkerSignalKind.Drain)] = WorkerState.Draining,
        [(WorkerState.Online, WorkerSignalKind.StopPipeline)] = WorkerState.Draining,
        [(WorkerState.Online, WorkerSignalKind.Left)] = WorkerState.Draining,
        [(WorkerState.Online, WorkerSignalKind.Ended)] = WorkerState.Exited,

        [(WorkerState.Ready, WorkerSignalKind.Drain)] = WorkerState.Draining,
        [(WorkerState.Ready, WorkerSignalKind.StopPipeline)] = WorkerState.Draining,
        [(WorkerState.Ready, WorkerSignalKind.Left)] = WorkerState.Draining,
        [(WorkerState.Ready, WorkerSignalKind.Ended)] = WorkerState.Exited,

        [(WorkerState.Draining, WorkerSignalKind.Ended)] = WorkerState.Exited,

        [(WorkerState.Exited, WorkerSignalKind.GivenUp)] = WorkerState.Failed,
    };

    private static readonly WorkerEffect Kill = new(WorkerEffectKind.Kill);
    private static readonly WorkerEffect RaiseKill = WorkerEffect.Raise(ClusterEventName.Stopping, "Kill.");

    /// <summary>The state that follows.</summary>
    /// <param name="state">The present state.</param>
    /// <param name="signal">What happens.</param>
    /// <returns>The next state; null if nothing changes.</returns>
    public static WorkerState? Next(WorkerState state, WorkerSignalKind signal) =>
        Table.TryGetValue((state, signal), out var next) ? next : null;

    /// <summary>One step of a worker's life.</summary>
    /// <param name="status">What is known of it.</param>
    /// <param name="signal">What happens.</param>
    /// <param name="now">The time, local.</param>
    /// <returns>What is known then, and what is to be done, in order.</returns>
    public static (WorkerStatus Status, WorkerEffect[] Effects) Step(WorkerStatus status, WorkerSignal signal, DateTime now)
    {
        if (status.IsDead && signal.Kind != WorkerSignalKind.GivenUp)
        {
            return (status, []);
        }

        var moved = Next(status.State, signal.Kind) is { } state
            ? status with { State = state, StateSince = now, NextStart = null }
            : status;
        return signal.Kind switch
        {
            WorkerSignalKind.StartDue => OnStartDue(moved),
            WorkerSignalKind.Drain => OnStop(moved, moved.State == status.State ? [] : [WorkerEffect.Raise(ClusterEventName.Stopping, "Drain.")]),
            WorkerSignalKind.StopPipeline => OnStop(moved, [WorkerEffect.Raise(ClusterEventName.Stopping, "Stop the pipeline.")]),
            WorkerSignalKind.KillRequested => OnStop(moved with { KilledByMaster = true }, [RaiseKill, Kill]),
            WorkerSignalKind.Kill => (moved with { KilledByMaster = true }, [RaiseKill, Kill]),
            WorkerSignalKind.Recycled => (moved with { Recycled = true }, []),
            WorkerSignalKind.Unresponsive => OnUnresponsive(moved, signal),
            WorkerSignalKind.StartupTimedOut when !moved.WasReady => (moved with { Failure = signal.Failure, KilledByMaster = true }, [RaiseKill, Kill]),
            WorkerSignalKind.GracePeriodOver => OnGracePeriodOver(moved, signal),
            WorkerSignalKind.Started => OnStarted(moved with { Process = ProcessState.Running, Connection = ConnectionState.Awaited, ProcessId = signal.Number ?? 0 }),
            WorkerSignalKind.StartFailed => (moved with { Process = ProcessState.Ended, Failure = moved.Failure ?? signal.Failure }, []),
            WorkerSignalKind.Exited when moved.Process != ProcessState.Ended => OnExited(moved with { Process = ProcessState.Ended, ProcessCode = signal.Number }),
            WorkerSignalKind.MachineLost => (moved with { MachineLost = true }, []),
            WorkerSignalKind.Connected => (moved with { Connection = ConnectionState.Open }, GraceFor(moved)),
            WorkerSignalKind.ConnectAbandoned => (moved with { Connection = ConnectionState.Closed }, []),
            WorkerSignalKind.ConnectFailed => (moved with { Connection = ConnectionState.Closed, Failure = moved.Failure ?? signal.Failure }, [Kill]),
            WorkerSignalKind.Online => (moved, [WorkerEffect.Raise(ClusterEventName.Online, "The worker has connected.")]),
            WorkerSignalKind.Ready when !moved.WasReady =>
                (moved with { WasReady = true }, [WorkerEffect.Raise(ClusterEventName.Ready, "The worker can take work."), new(WorkerEffectKind.AnnounceReady)]),
            WorkerSignalKind.Left => (moved with { LeftVoluntarily = true }, []),
            WorkerSignalKind.Goodbye => (moved with { Goodbye = signal.Goodbye }, []),
            WorkerSignalKind.ConnectionClosed => OnConnectionClosed(moved, signal),
            WorkerSignalKind.Ended => (moved with { Exit = ExitClassifier.Classify(moved) }, []),
            _ => (moved, []),
        };
    }

    private static (WorkerStatus, WorkerEffect[]) OnStartDue(WorkerStatus status) =>
        status.Process == ProcessState.None
            ? (status with { Process = ProcessState.Starting, StartTime = status.StateSince }, [new(WorkerEffectKind.Start)])
            : (status, []);

    /// <summary>One that waits for its start is never started.</summary>
    private static (WorkerStatus, WorkerEffect[]) OnStop(WorkerStatus status, WorkerEffect[] effects) =>
        (status with { StopRequested = true, Process = status.State == WorkerState.WaitingRestart ? ProcessState.Ended : status.Process }, effects);

    private static (WorkerStatus, WorkerEffect[]) OnUnresponsive(WorkerStatus status, WorkerSignal signal) =>
        status.KilledByMaster
            ? (status, [])
            : (status with { WasSilent = true, KilledByMaster = true, Failure = status.WasReady ? status.Failure : signal.Failure },
                [WorkerEffect.Raise(ClusterEventName.Unresponsive, signal.Reason ?? ""), RaiseKill, Kill]);

    private static (WorkerStatus, WorkerEffect[]) OnStarted(WorkerStatus status)
    {
        var fork = WorkerEffect.Raise(ClusterEventName.Fork, "The process was started.");
        var connect = new WorkerEffect(WorkerEffectKind.Connect);
        return (status, status.KilledByMaster ? [Kill, fork, connect] : [fork, connect]);
    }

    private static (WorkerStatus, WorkerEffect[]) OnExited(WorkerStatus status) => (status, status.Connection switch
    {
        ConnectionState.Awaited => [new(WorkerEffectKind.AbandonConnect)],
        ConnectionState.Open => [new(WorkerEffectKind.StartGracePeriod)],
        _ => [],
    });

    private static WorkerEffect[] GraceFor(WorkerStatus status) =>
        status.Process == ProcessState.Ended ? [new(WorkerEffectKind.StartGracePeriod)] : [];

    private static (WorkerStatus, WorkerEffect[]) OnGracePeriodOver(WorkerStatus status, WorkerSignal signal) =>
        status.Process == ProcessState.Ended ? OnConnectionClosed(status, signal) : (status with { KilledByMaster = true }, [RaiseKill, Kill]);

    private static (WorkerStatus, WorkerEffect[]) OnConnectionClosed(WorkerStatus status, WorkerSignal signal)
    {
        if (status.Connection != ConnectionState.Open)
        {
            return (status, []);
        }

        List<WorkerEffect> effects = [new(WorkerEffectKind.CloseConnection)];
        if (signal.Error is ProtocolException)
        {
            effects.Add(WorkerEffect.Raise(ClusterEventName.ProtocolError, signal.Error.Message));
        }

        effects.Add(WorkerEffect.Raise(ClusterEventName.Disconnect, signal.Error?.Message ?? "The channel has closed."));
        if (status.Process != ProcessState.Ended)
        {
            effects.Add(new(WorkerEffectKind.StartGracePeriod));
        }

        return (status with { Connection = ConnectionState.Closed }, [.. effects]);
    }
}
