using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>The end of workers, whatever they and those who watch them do.</summary>
public sealed class WorkerStopTests
{
    [Fact]
    public async Task A_worker_that_heeds_a_stop_is_not_killed()
    {
        await using var fixture = new SupervisionFixture();
        var worker = await fixture.StartReadyAsync();
        await WorkerStop.StopAsync([worker], SupervisionFixture.Patience, CancellationToken.None).WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(WorkerExitReason.Stopped, worker.Status.Exit!.Reason);
        Assert.Equal(0, fixture.LifetimeOf(worker).Kills);
    }

    [Fact]
    public async Task A_stop_takes_no_more_messages_before_it_returns()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { HeedsStop = false });
        var worker = await fixture.StartReadyAsync();
        worker.RequestStop(StopMode.Drain);
        Assert.False(worker.Connection.IsAccepting);
    }

    [Fact]
    public async Task One_that_ignores_every_stop_is_killed_as_soon_as_somebody_is_in_a_hurry()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { HeedsStop = false });
        var worker = await fixture.StartReadyAsync();
        using var hurry = new CancellationTokenSource();
        var stop = fixture.Supervisor.StopAsync(TimeSpan.FromHours(1), hurry.Token);
        fixture.Next(ClusterEventName.Stopping);
        Assert.False(stop.IsCompleted);
        await hurry.CancelAsync();
        await stop.WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(WorkerExitReason.Killed, worker.Status.Exit!.Reason);
    }

    [Fact]
    public async Task A_second_stop_without_a_drain_ends_the_first()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { HeedsStop = false });
        await fixture.StartReadyAsync();
        var first = fixture.Supervisor.StopAsync(TimeSpan.FromHours(1), CancellationToken.None);
        await fixture.StopAsync();
        await first.WaitAsync(SupervisionFixture.Patience);
    }

    [Fact]
    public async Task A_stop_waits_for_one_that_does_not_die_at_once()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { HeedsStop = false, HeedsKill = false });
        var worker = await fixture.StartReadyAsync();
        var stop = fixture.Supervisor.StopAsync(drain: null, CancellationToken.None);
        fixture.Next(ClusterEventName.Stopping);
        Assert.False(stop.IsCompleted);
        fixture.LifetimeOf(worker).Exit(137);
        await stop.WaitAsync(SupervisionFixture.Patience);
    }

    [Fact]
    public async Task Nothing_is_started_after_a_stop()
    {
        await using var fixture = new SupervisionFixture();
        var worker = await fixture.StartReadyAsync();
        await fixture.StopAsync();
        Assert.Equal(ClusterErrorId.MasterStopped, Assert.Throws<ClusterException>(() => fixture.Supervisor.Start()).ErrorId);
        Assert.Throws<ClusterException>(() => fixture.Supervisor.StartBeside(worker, null));
    }

    [Fact]
    public async Task A_clean_up_that_fails_is_told_and_ends_all_the_same()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { DisposeError = new IOException("still in use") });
        var worker = await fixture.StartReadyAsync();
        await fixture.StopAsync();
        var (who, reason) = fixture.Next(ClusterEventName.CleanupFailed);
        Assert.Same(worker, who);
        Assert.Contains("still in use", reason, StringComparison.Ordinal);
        Assert.Equal(WorkerState.Exited, worker.Status.State);
    }

    [Fact]
    public async Task An_observer_that_fails_at_any_event_keeps_no_worker_alive()
    {
        foreach (var name in new[] { ClusterEventName.Fork, ClusterEventName.Online, ClusterEventName.Ready, ClusterEventName.Stopping, ClusterEventName.Disconnect, ClusterEventName.Exit })
        {
            var fixture = new SupervisionFixture(options => options with { Restart = options.Restart with { Mode = RestartMode.Never } })
            {
                Handler = happened =>
                {
                    if (happened == name)
                    {
                        throw new InvalidOperationException("no");
                    }
                },
            };
            var worker = fixture.Supervisor.Start();
            await Task.WhenAny(worker.Ready).WaitAsync(SupervisionFixture.Patience);
            await fixture.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_worker_that_repeats_itself_does_not_fill_the_memory()
    {
        var mailbox = new SignalMailbox();
        for (var i = 0; i < 100_000; i++)
        {
            mailbox.Post(new WorkerSignal(WorkerSignalKind.Online));
            mailbox.Post(new WorkerSignal(WorkerSignalKind.Goodbye) { Goodbye = new Goodbye(WorkerOutcome.Completed, i, null) });
        }

        Assert.Equal(WorkerSignalKind.Online, (await mailbox.TakeAsync()).Kind);
        Assert.Equal(99_999, (await mailbox.TakeAsync()).Goodbye!.ExitCode);
        Assert.Null(mailbox.TakeOrClose());
        mailbox.Post(new WorkerSignal(WorkerSignalKind.Online));
        Assert.Null(mailbox.TakeOrClose());
    }

    [Fact]
    public async Task An_announced_exit_is_seen_while_the_loop_is_busy()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { GetsReady = false });
        using var isReady = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        fixture.Handler = name =>
        {
            if (name == ClusterEventName.Ready)
            {
                isReady.Set();
                mayGoOn.Wait(SupervisionFixture.Patience);
            }
        };
        var worker = fixture.Supervisor.Start();
        fixture.Next(ClusterEventName.Online);
        var lifetime = fixture.LifetimeOf(worker);
        lifetime.Say(ControlKind.Ready);
        Assert.True(isReady.Wait(SupervisionFixture.Patience));
        lifetime.Say(ControlKind.Leave);
        Assert.True(SpinWait.SpinUntil(() => worker.State == WorkerState.Draining, SupervisionFixture.Patience / 2));
        Assert.Equal(WorkerState.Ready, worker.Status.State);
        mayGoOn.Set();
    }

    [Fact]
    public async Task What_a_worker_is_told_last_is_to_stop()
    {
        await using var fixture = new SupervisionFixture();
        var worker = await fixture.StartReadyAsync();
        var lifetime = fixture.LifetimeOf(worker);
        await WorkerStop.StopAsync([worker], SupervisionFixture.Patience, CancellationToken.None).WaitAsync(SupervisionFixture.Patience);
        Assert.Equal([ControlKind.Welcome, ControlKind.Launch, ControlKind.Stop], lifetime.Told);
    }
}
