using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>Reload, recycle and resize, without processes.</summary>
public sealed class WorkerReplacementTests
{
    private static readonly ReplacementOrder Order = new();

    [Fact]
    public async Task A_reload_has_the_new_one_ready_before_the_old_one_drains()
    {
        await using var fixture = new SupervisionFixture();
        var old = await fixture.StartReadyAsync();
        var result = Assert.Single(await fixture.Supervisor.ReplaceAsync([old], Order, CancellationToken.None).WaitAsync(SupervisionFixture.Patience));
        Assert.Null(result.Error);
        Assert.Equal(old.SlotNumber, result.Fresh!.SlotNumber);
        Assert.Equal([result.Fresh], fixture.Supervisor.Workers.Live());
        Assert.Equal(WorkerExitReason.Stopped, old.Status.Exit!.Reason);
        var events = fixture.Events.ToList();
        Assert.True(events.IndexOf((ClusterEventName.Reload, 2)) is > 0 and var reload && reload < events.IndexOf((ClusterEventName.Stopping, 1)));
    }

    [Fact]
    public async Task A_reload_whose_new_one_fails_leaves_the_old_one()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior(), new FakeBehavior { DiesInHandshake = 1 });
        var old = await fixture.StartReadyAsync();
        var result = Assert.Single(await fixture.Supervisor.ReplaceAsync([old], Order, CancellationToken.None).WaitAsync(SupervisionFixture.Patience));
        Assert.Equal(ClusterErrorId.ReloadAborted, result.Error!.ErrorId);
        Assert.Equal(WorkerState.Ready, old.Status.State);
        Assert.True(old.Connection.IsAccepting);
        Assert.Equal([old], fixture.Supervisor.Workers.Live());
    }

    [Fact]
    public async Task A_reload_that_is_given_up_kills_the_new_one()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior(), new FakeBehavior { GetsReady = false });
        var old = await fixture.StartReadyAsync();
        using var patience = new CancellationTokenSource();
        var replacing = fixture.Supervisor.ReplaceAsync([old], Order, patience.Token);
        while (fixture.Next(ClusterEventName.Online).Worker == old)
        {
        }

        await patience.CancelAsync();
        Assert.NotNull(Assert.Single(await replacing.WaitAsync(SupervisionFixture.Patience)).Error);
        Assert.Equal([old], fixture.Supervisor.Workers.Live());
    }

    [Fact]
    public async Task One_that_gets_ready_wakes_senders_that_found_no_other()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { GetsReady = false });
        var worker = fixture.Supervisor.Start();
        fixture.Next(ClusterEventName.Online);
        var seen = fixture.Supervisor.Workers.Changed.Version;
        var waiting = Task.Run(() => fixture.Supervisor.Workers.Changed.Wait(seen, Deadline.After(SupervisionFixture.Patience), CancellationToken.None));
        fixture.LifetimeOf(worker).Say(ControlKind.Ready);
        Assert.True(await waiting.WaitAsync(SupervisionFixture.Patience * 2));
        await worker.Ready.WaitAsync(SupervisionFixture.Patience);
    }

    [Fact]
    public async Task One_that_does_not_drain_after_a_reload_is_killed()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { HeedsStop = false });
        var old = await fixture.StartReadyAsync();
        var results = await fixture.Supervisor.ReplaceAsync([old], Order with { Drain = TimeSpan.Zero }, CancellationToken.None).WaitAsync(SupervisionFixture.Patience);
        Assert.NotNull(Assert.Single(results).Fresh);
        Assert.Equal(WorkerExitReason.Killed, old.Status.Exit!.Reason);
    }

    [Fact]
    public async Task One_that_uses_too_much_memory_is_recycled()
    {
        await using var fixture = new SupervisionFixture(options => options with { Recycle = new RecyclePolicy(MaxMemory: 10_000) });
        var old = await fixture.StartReadyAsync();
        fixture.LifetimeOf(old).Usage = (15_000, TimeSpan.Zero);
        fixture.Supervisor.Watch();
        Assert.Same(old, fixture.Next(ClusterEventName.Recycle).Worker);
        Assert.Equal(2, fixture.Next(ClusterEventName.Reload).Worker!.Id);
        await old.Exited.WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(WorkerExitReason.Recycled, old.Status.Exit!.Reason);
    }

    [Fact]
    public async Task A_resize_starts_what_is_missing_and_stops_the_youngest()
    {
        await using var fixture = new SupervisionFixture();
        var first = await fixture.StartReadyAsync();
        var (started, _) = fixture.Supervisor.Resize(3);
        await Task.WhenAll(started.Select(worker => worker.Ready)).WaitAsync(SupervisionFixture.Patience);
        Assert.Equal([0, 1, 2], fixture.Supervisor.Workers.Live().Select(worker => worker.SlotNumber).Order());
        var (none, stopped) = fixture.Supervisor.Resize(1);
        await stopped.WaitAsync(SupervisionFixture.Patience);
        Assert.Empty(none);
        Assert.Equal([first], fixture.Supervisor.Workers.Live());
        Assert.All(started, worker => Assert.Equal(WorkerExitReason.Stopped, worker.Status.Exit!.Reason));
    }
}
