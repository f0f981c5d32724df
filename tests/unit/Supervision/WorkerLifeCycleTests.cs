using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.UnitTests.Supervision;

/// <summary>A worker's life, over all states and all signals, and the longer stories that lead through them.</summary>
public sealed class WorkerLifeCycleTests
{
    private static readonly DateTime Now = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Local);
    private static readonly ClusterException Failure = new("it failed");

    /// <summary>All ways between the states that users see. Everything else leaves the state as it is.</summary>
    private static readonly Dictionary<WorkerState, (WorkerSignalKind Signal, WorkerState Next)[]> Ways = new()
    {
        [WorkerState.WaitingRestart] = [(WorkerSignalKind.StartDue, WorkerState.Starting), (WorkerSignalKind.Ended, WorkerState.Exited)],
        [WorkerState.Starting] = [(WorkerSignalKind.Online, WorkerState.Online), .. Leaving()],
        [WorkerState.Online] = [(WorkerSignalKind.Ready, WorkerState.Ready), .. Leaving()],
        [WorkerState.Ready] = [.. Leaving()],
        [WorkerState.Draining] = [(WorkerSignalKind.Ended, WorkerState.Exited)],
        [WorkerState.Exited] = [(WorkerSignalKind.GivenUp, WorkerState.Failed)],
        [WorkerState.Failed] = [],
    };

    [Fact]
    public void Every_signal_in_every_state_leads_where_the_table_says()
    {
        foreach (var state in Enum.GetValues<WorkerState>())
        {
            foreach (var signal in Enum.GetValues<WorkerSignalKind>())
            {
                var (status, _) = Step(In(state), signal);
                var expected = Ways[state].Where(way => way.Signal == signal).Select(way => way.Next).SingleOrDefault(state);
                Assert.True(expected == status.State, $"{signal} in {state} led to {status.State}.");
                Assert.Equal(status.State == state ? DateTime.UnixEpoch : Now, status.StateSince);
            }
        }
    }

    [Fact]
    public void Nothing_happens_to_the_dead_but_giving_up()
    {
        foreach (var state in new[] { WorkerState.Exited, WorkerState.Failed })
        {
            foreach (var signal in Enum.GetValues<WorkerSignalKind>().Where(signal => signal != WorkerSignalKind.GivenUp))
            {
                var (status, effects) = Step(In(state), signal);
                Assert.Equal(In(state), status);
                Assert.Empty(effects);
            }
        }
    }

    [Fact]
    public void Every_signal_may_come_twice()
    {
        foreach (var state in Enum.GetValues<WorkerState>())
        {
            foreach (var signal in Enum.GetValues<WorkerSignalKind>())
            {
                var once = Step(In(state), signal).Status;
                Assert.Equal(once, Step(once, signal).Status);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_running_worker_is_over_only_when_process_and_connection_are_gone(int state)
    {
        var running = In((WorkerState)state);
        var closed = Step(running, WorkerSignalKind.ConnectionClosed);
        Assert.False(closed.Status.IsOver);
        Assert.Contains(WorkerEffectKind.StartGracePeriod, Kinds(closed.Effects));
        Assert.True(Step(closed.Status, WorkerSignalKind.Exited).Status.IsOver);

        var exited = Step(running, WorkerSignalKind.Exited);
        Assert.False(exited.Status.IsOver);
        Assert.Contains(WorkerEffectKind.StartGracePeriod, Kinds(exited.Effects));
        Assert.True(Step(exited.Status, WorkerSignalKind.ConnectionClosed).Status.IsOver);
        Assert.True(Step(exited.Status, WorkerSignalKind.GracePeriodOver).Status.IsOver);
    }

    [Fact]
    public void A_process_that_outlives_its_connection_is_killed()
    {
        var closed = Step(In(WorkerState.Ready), WorkerSignalKind.ConnectionClosed).Status;
        var (status, effects) = Step(closed, WorkerSignalKind.GracePeriodOver);
        Assert.True(status.KilledByMaster);
        Assert.Equal([WorkerEffectKind.Raise, WorkerEffectKind.Kill], Kinds(effects));
    }

    [Fact]
    public void A_worker_that_waits_for_its_start_and_is_asked_to_stop_never_starts()
    {
        foreach (var signal in new[] { WorkerSignalKind.Drain, WorkerSignalKind.StopPipeline, WorkerSignalKind.KillRequested })
        {
            var stopped = Step(In(WorkerState.WaitingRestart), signal).Status;
            Assert.True(stopped.IsOver);
            Assert.DoesNotContain(WorkerEffectKind.Start, Kinds(Step(stopped, WorkerSignalKind.StartDue).Effects));
            Assert.Equal(WorkerExitReason.Stopped, Step(stopped, WorkerSignalKind.Ended).Status.Exit!.Reason);
        }
    }

    [Fact]
    public void A_worker_that_is_killed_while_it_starts_is_killed_when_it_has_started()
    {
        var killed = Walk(WorkerStatus.New(DateTime.UnixEpoch), WorkerSignalKind.StartDue, WorkerSignalKind.KillRequested);
        Assert.Contains(WorkerEffectKind.Kill, Kinds(Step(killed, WorkerSignalKind.Started).Effects));
    }

    [Fact]
    public void One_that_is_let_in_after_its_process_has_ended_gets_the_grace_period()
    {
        var exited = Walk(WorkerStatus.New(DateTime.UnixEpoch), WorkerSignalKind.StartDue, WorkerSignalKind.Started, WorkerSignalKind.Exited);
        Assert.False(exited.IsOver);
        Assert.True(Step(exited, WorkerSignalKind.ConnectAbandoned).Status.IsOver);
        var (connected, effects) = Step(exited, WorkerSignalKind.Connected);
        Assert.False(connected.IsOver);
        Assert.Equal([WorkerEffectKind.StartGracePeriod], Kinds(effects));
    }

    [Fact]
    public void One_that_cannot_be_let_in_is_killed_and_keeps_the_first_failure()
    {
        var starting = Walk(WorkerStatus.New(DateTime.UnixEpoch), WorkerSignalKind.StartDue, WorkerSignalKind.Started);
        var (status, effects) = Step(starting, WorkerSignalKind.ConnectFailed);
        Assert.Equal([WorkerEffectKind.Kill], Kinds(effects));
        Assert.Same(Failure, status.Failure);
        var later = WorkerLifeCycle.Step(status, new(WorkerSignalKind.StartFailed) { Failure = new("a later one") }, Now).Status;
        Assert.Same(Failure, later.Failure);
    }

    [Fact]
    public void One_that_is_ready_does_not_time_out_and_one_that_hangs_then_has_not_failed_to_start()
    {
        var ready = In(WorkerState.Ready);
        Assert.Equal(ready, Step(ready, WorkerSignalKind.StartupTimedOut).Status);
        var hung = Step(ready, WorkerSignalKind.Unresponsive).Status;
        Assert.Null(hung.Failure);
        Assert.Equal(WorkerExitReason.Hung, Walk(hung, WorkerSignalKind.Exited, WorkerSignalKind.ConnectionClosed, WorkerSignalKind.Ended).Exit!.Reason);
        Assert.Same(Failure, Step(In(WorkerState.Online), WorkerSignalKind.Unresponsive).Status.Failure);
    }

    [Fact]
    public void What_is_killed_already_is_not_unresponsive()
    {
        var killed = Step(In(WorkerState.Ready), WorkerSignalKind.KillRequested).Status;
        var (status, effects) = Step(killed, WorkerSignalKind.Unresponsive);
        Assert.Equal(killed, status);
        Assert.Empty(effects);
    }

    [Fact]
    public void A_broken_protocol_is_an_event_of_its_own()
    {
        var (_, effects) = WorkerLifeCycle.Step(
            In(WorkerState.Ready), new(WorkerSignalKind.ConnectionClosed) { Error = new ProtocolException("nonsense") }, Now);
        Assert.Equal([ClusterEventName.ProtocolError, ClusterEventName.Disconnect], Events(effects));
        Assert.Equal([ClusterEventName.Disconnect], Events(Step(In(WorkerState.Ready), WorkerSignalKind.ConnectionClosed).Effects));
    }

    [Fact]
    public void A_drain_is_announced_once_and_a_stop_of_the_pipeline_every_time()
    {
        var (draining, effects) = Step(In(WorkerState.Ready), WorkerSignalKind.Drain);
        Assert.Equal([ClusterEventName.Stopping], Events(effects));
        Assert.Empty(Step(draining, WorkerSignalKind.Drain).Effects);
        Assert.Equal([ClusterEventName.Stopping], Events(Step(draining, WorkerSignalKind.StopPipeline).Effects));
    }

    [Fact]
    public void The_end_is_judged_from_what_was_said()
    {
        var said = WorkerLifeCycle.Step(
            In(WorkerState.Ready), new(WorkerSignalKind.Goodbye) { Goodbye = new Goodbye(WorkerOutcome.Completed, 0, null) }, Now).Status;
        Assert.Equal(WorkerExitReason.Completed, Step(said, WorkerSignalKind.Ended).Status.Exit!.Reason);
        Assert.Equal(WorkerExitReason.Stopped, Walk(said, WorkerSignalKind.Drain, WorkerSignalKind.Ended).Exit!.Reason);
        Assert.Equal(WorkerExitReason.Recycled, Walk(said, WorkerSignalKind.Recycled, WorkerSignalKind.Drain, WorkerSignalKind.Ended).Exit!.Reason);
        Assert.True(Walk(said, WorkerSignalKind.Left, WorkerSignalKind.Ended).Exit!.Voluntary);
        Assert.Equal(WorkerExitReason.Crashed, Step(In(WorkerState.Ready), WorkerSignalKind.Ended).Status.Exit!.Reason);
    }

    private static (WorkerSignalKind, WorkerState)[] Leaving() =>
    [
        (WorkerSignalKind.Drain, WorkerState.Draining),
        (WorkerSignalKind.StopPipeline, WorkerState.Draining),
        (WorkerSignalKind.Left, WorkerState.Draining),
        (WorkerSignalKind.Ended, WorkerState.Exited),
    ];

    /// <summary>A worker in a state, as it usually is there.</summary>
    private static WorkerStatus In(WorkerState state)
    {
        var status = WorkerStatus.New(DateTime.UnixEpoch) with
        {
            State = state,
            MayBeSignal = true,
            WasReady = state is WorkerState.Ready or WorkerState.Draining,
        };
        return state switch
        {
            WorkerState.WaitingRestart => status with { NextStart = DateTime.UnixEpoch.AddHours(1) },
            < WorkerState.Exited => status with { Process = ProcessState.Running, Connection = ConnectionState.Open, ProcessId = 1000 },
            _ => status with { Process = ProcessState.Ended, Connection = ConnectionState.Closed, ProcessId = 1000 },
        };
    }

    private static (WorkerStatus Status, WorkerEffect[] Effects) Step(WorkerStatus status, WorkerSignalKind signal) =>
        WorkerLifeCycle.Step(status, new WorkerSignal(signal) { Failure = Failure, Number = 1000 }, Now);

    private static WorkerStatus Walk(WorkerStatus status, params WorkerSignalKind[] signals) =>
        signals.Aggregate(status, (present, signal) => Step(present, signal).Status);

    private static WorkerEffectKind[] Kinds(WorkerEffect[] effects) => [.. effects.Select(effect => effect.Kind)];

    private static ClusterEventName[] Events(WorkerEffect[] effects) =>
        [.. effects.Where(effect => effect.Kind == WorkerEffectKind.Raise).Select(effect => effect.Event)];
}
