using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>Workers that do not get ready, each at another point of their start. Nobody waits for one for ever.</summary>
public sealed class WorkerStartTests
{
    [Fact]
    public async Task A_worker_is_online_and_then_ready()
    {
        await using var fixture = new SupervisionFixture();
        var worker = await fixture.StartReadyAsync();
        Assert.Equal(WorkerState.Ready, worker.Status.State);
        Assert.Equal([ClusterEventName.Fork, ClusterEventName.Online, ClusterEventName.Ready], fixture.Events.Select(happened => happened.Name));
        Assert.Equal(1024, worker.Usage?.WorkingSet);
    }

    [Fact]
    public async Task A_host_that_does_not_start_is_the_error_of_the_start()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { StartError = new IOException("no more sockets") });
        var failure = await FailureOf(fixture);
        Assert.Equal(ClusterErrorId.HostStartFailed, failure.ErrorId);
        Assert.Contains("no more sockets", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Events, happened => happened.Name == ClusterEventName.Fork);
    }

    [Fact]
    public async Task One_whose_machine_is_lost_while_it_is_started_is_lost_with_it()
    {
        var lost = new ClusterException(ClusterErrorId.MachineLost, System.Management.Automation.ErrorCategory.ConnectionError, "The machine is lost.", null);
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { StartError = lost });
        var worker = fixture.Supervisor.Start();
        var failure = await Assert.ThrowsAsync<ClusterException>(() => worker.Ready.WaitAsync(SupervisionFixture.Patience));
        await worker.Exited.WaitAsync(SupervisionFixture.Patience);
        Assert.Same(lost, failure);
        Assert.Equal(WorkerExitReason.MachineLost, worker.Status.Exit!.Reason);
    }

    [Fact]
    public async Task A_host_that_dies_before_it_connects_has_failed_to_start_and_its_last_lines_say_why()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { DiesInHandshake = 3 });
        var failure = await FailureOf(fixture);
        Assert.Equal(ClusterErrorId.WorkerStartFailed, failure.ErrorId);
        Assert.Contains("exit code 3", failure.Message, StringComparison.Ordinal);
        Assert.Contains("the last line", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Events, happened => happened.Name == ClusterEventName.Disconnect);
    }

    [Fact]
    public async Task A_connection_that_fails_ends_the_process()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { ConnectError = new IOException("no pipe") });
        var failure = await FailureOf(fixture);
        Assert.Contains("no pipe", failure.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, fixture.Lifetimes.Single().Kills);
    }

    [Fact]
    public async Task One_that_is_never_ready_is_killed_when_its_time_is_over()
    {
        await using var fixture = new SupervisionFixture(
            options => options with { StartupTimeout = TimeSpan.FromMilliseconds(300) }, new FakeBehavior { GetsReady = false });
        var failure = await FailureOf(fixture);
        Assert.Equal(ClusterErrorId.WorkerStartTimeout, failure.ErrorId);
        Assert.NotEqual(0, fixture.Lifetimes.Single().Kills);
    }

    [Fact]
    public async Task One_that_ends_before_it_is_ready_gives_its_slot_up()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { GetsReady = false });
        var worker = fixture.Supervisor.Start();
        fixture.Next(ClusterEventName.Online);
        fixture.LifetimeOf(worker).SayGoodbye(WorkerOutcome.Failed, 1);
        Assert.Same(worker, fixture.Next(ClusterEventName.GaveUp).Worker);
        await worker.Exited.WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(WorkerState.Failed, worker.Status.State);
        Assert.Equal(WorkerExitReason.StartFailed, worker.Status.Exit!.Reason);
    }

    [Fact]
    public async Task One_that_is_killed_before_its_process_is_there_ends_all_the_same()
    {
        await using var fixture = new SupervisionFixture(null, new FakeBehavior { GetsReady = false });
        var worker = fixture.Supervisor.Start();
        worker.Kill(requested: true);
        await worker.Exited.WaitAsync(SupervisionFixture.Patience);
        Assert.True(worker.Status.Exit!.Voluntary);
    }

    [Fact]
    public async Task A_lifetime_that_cannot_even_be_made_is_an_error_of_the_start()
    {
        var fixture = new SupervisionFixture();
        var supervisor = new Supervisor(fixture.Settings, (_, _, _) => throw new InvalidOperationException("none"), fixture);
        var worker = supervisor.Start();
        var failure = await Assert.ThrowsAsync<ClusterException>(() => worker.Ready.WaitAsync(SupervisionFixture.Patience));
        Assert.Contains("none", failure.Message, StringComparison.Ordinal);
        await supervisor.StopAsync(drain: null, CancellationToken.None).WaitAsync(SupervisionFixture.Patience);
        await fixture.DisposeAsync();
    }

    [Fact]
    public async Task The_variables_of_a_slot_go_before_those_of_the_master()
    {
        await using var fixture = new SupervisionFixture(options => options with
        {
            Host = options.Host with { Environment = new Dictionary<string, string?> { ["A"] = "master", ["B"] = "master" } },
        });
        var worker = fixture.Supervisor.Start(new Dictionary<string, string?> { ["B"] = "slot", ["C"] = null });
        await worker.Ready.WaitAsync(SupervisionFixture.Patience);
        var environment = fixture.LifetimeOf(worker).Host.Environment;
        Assert.Equal(("master", "slot", null), (environment["A"], environment["B"], environment["C"]));
    }

    private static async Task<ClusterException> FailureOf(SupervisionFixture fixture)
    {
        var worker = fixture.Supervisor.Start();
        var failure = await Assert.ThrowsAsync<ClusterException>(() => worker.Ready.WaitAsync(SupervisionFixture.Patience));
        Assert.Same(worker, failure.Target);
        await worker.Exited.WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(WorkerExitReason.StartFailed, worker.Status.Exit!.Reason);
        return failure;
    }
}
