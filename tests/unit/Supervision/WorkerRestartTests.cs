using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>What follows a worker that ends, without processes.</summary>
public sealed class WorkerRestartTests
{
    [Fact]
    public async Task One_that_crashes_is_followed_by_another_in_its_slot()
    {
        await using var fixture = new SupervisionFixture();
        var first = await fixture.StartReadyAsync();
        fixture.LifetimeOf(first).Exit(137);
        var second = fixture.Next(ClusterEventName.Restart).Worker!;
        await second.Ready.WaitAsync(SupervisionFixture.Patience);
        Assert.Equal((2, first.SlotNumber, 1), (second.Id, second.SlotNumber, second.Restarts));
        Assert.Equal(WorkerExitReason.Crashed, first.Status.Exit!.Reason);
        Assert.Equal([second], fixture.Supervisor.Workers.Live());
    }

    [Fact]
    public async Task One_that_exits_twice_is_followed_once()
    {
        await using var fixture = new SupervisionFixture();
        var first = await fixture.StartReadyAsync();
        var lifetime = fixture.LifetimeOf(first);
        lifetime.Exit(1);
        lifetime.Exit(2);
        var second = fixture.Next(ClusterEventName.Restart).Worker!;
        lifetime.Exit(3);
        await second.Ready.WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(1, first.Status.Exit!.Code);
        Assert.Equal(1, fixture.Events.Count(happened => happened == (ClusterEventName.Exit, first.Id)));
        Assert.Equal(2, fixture.Lifetimes.Count);
    }

    [Fact]
    public async Task The_slot_is_given_up_after_too_many()
    {
        await using var fixture = new SupervisionFixture(options => options with { Restart = options.Restart with { MaxRestarts = 2 } });
        var worker = await fixture.StartReadyAsync();
        for (var i = 0; i < 2; i++)
        {
            fixture.LifetimeOf(worker).Exit(1);
            worker = fixture.Next(ClusterEventName.Restart).Worker!;
            await worker.Ready.WaitAsync(SupervisionFixture.Patience);
        }

        fixture.LifetimeOf(worker).Exit(1);
        Assert.Same(worker, fixture.Next(ClusterEventName.GaveUp).Worker);
        Assert.Equal(WorkerState.Failed, worker.Status.State);
        Assert.Empty(fixture.Supervisor.Workers.Live());
    }

    [Fact]
    public async Task The_successor_waits_for_its_delay_and_starts_at_once_when_somebody_is_in_a_hurry()
    {
        await using var fixture = new SupervisionFixture(options => options with { Restart = options.Restart with { Delay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1) } });
        var first = await fixture.StartReadyAsync();
        fixture.LifetimeOf(first).Exit(1);
        var second = fixture.Next(ClusterEventName.Restart).Worker!;
        Assert.Equal(WorkerState.WaitingRestart, second.Status.State);
        Assert.InRange(second.Status.NextStart!.Value, DateTime.Now.AddMinutes(20), DateTime.Now.AddMinutes(61));
        Assert.True(second.Connection.IsAccepting);
        second.StartNow();
        await second.Ready.WaitAsync(SupervisionFixture.Patience);
        Assert.Null(second.Status.NextStart);
    }

    [Fact]
    public async Task A_successor_that_waits_when_all_are_stopped_is_never_started()
    {
        await using var fixture = new SupervisionFixture(options => options with { Restart = options.Restart with { Delay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1) } });
        var first = await fixture.StartReadyAsync();
        fixture.LifetimeOf(first).Exit(1);
        var second = fixture.Next(ClusterEventName.Restart).Worker!;
        await fixture.StopAsync();
        Assert.Single(fixture.Lifetimes);
        Assert.Equal(WorkerExitReason.Stopped, second.Status.Exit!.Reason);
    }

    [Fact]
    public async Task One_that_completes_leaves_its_slot()
    {
        await using var fixture = new SupervisionFixture();
        var worker = await fixture.StartReadyAsync();
        fixture.LifetimeOf(worker).SayGoodbye(WorkerOutcome.Completed, 0);
        await worker.Exited.WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(WorkerExitReason.Completed, worker.Status.Exit!.Reason);
        Assert.Empty(fixture.Supervisor.Workers.Live());
    }

    [Fact]
    public async Task One_that_gives_no_sign_of_life_is_killed_and_followed()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { AnswersPing = false });
        var worker = await fixture.StartReadyAsync();
        await using (new Heartbeat(TimeSpan.FromMilliseconds(400), fixture.Supervisor.Workers.Live))
        {
            Assert.Same(worker, fixture.Next(ClusterEventName.Unresponsive).Worker);
            var second = fixture.Next(ClusterEventName.Restart).Worker!;
            await second.Ready.WaitAsync(SupervisionFixture.Patience);
        }

        Assert.Equal(WorkerExitReason.Hung, worker.Status.Exit!.Reason);
    }
}
