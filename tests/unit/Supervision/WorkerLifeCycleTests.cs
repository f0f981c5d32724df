using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>The states of a worker and the ways between them.</summary>
public sealed class WorkerLifeCycleTests
{
    [Fact]
    public void A_worker_goes_from_its_start_to_its_end() =>
        Assert.Equal(
            [WorkerState.Online, WorkerState.Ready, WorkerState.Draining, WorkerState.Exited],
            Walk(WorkerState.Starting, WorkerTrigger.Connect, WorkerTrigger.GetReady, WorkerTrigger.Drain, WorkerTrigger.End));

    [Fact]
    public void A_replacement_waits_first() =>
        Assert.Equal([WorkerState.Starting, WorkerState.Online], Walk(WorkerState.WaitingRestart, WorkerTrigger.Start, WorkerTrigger.Connect));

    [Fact]
    public void A_slot_that_is_given_up_has_failed() =>
        Assert.Equal([WorkerState.Exited, WorkerState.Failed], Walk(WorkerState.Ready, WorkerTrigger.End, WorkerTrigger.GiveUp));

    [Fact]
    public void Every_worker_that_is_there_can_end()
    {
        foreach (var state in Enum.GetValues<WorkerState>().Where(state => state < WorkerState.Exited))
        {
            Assert.Equal(WorkerState.Exited, WorkerLifeCycle.Next(state, WorkerTrigger.End));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(4, 3)]
    public void What_crosses_with_a_later_state_changes_nothing(int state, int trigger) =>
        Assert.Null(WorkerLifeCycle.Next((WorkerState)state, (WorkerTrigger)trigger));

    [Fact]
    public void Nothing_moves_the_dead_but_giving_up()
    {
        foreach (var trigger in Enum.GetValues<WorkerTrigger>())
        {
            Assert.Null(WorkerLifeCycle.Next(WorkerState.Failed, trigger));
            Assert.Equal(trigger == WorkerTrigger.GiveUp ? WorkerState.Failed : null, WorkerLifeCycle.Next(WorkerState.Exited, trigger));
        }
    }

    [Fact]
    public void Only_the_dead_are_given_up()
    {
        foreach (var state in Enum.GetValues<WorkerState>().Where(state => state != WorkerState.Exited))
        {
            Assert.Null(WorkerLifeCycle.Next(state, WorkerTrigger.GiveUp));
        }
    }

    [Fact]
    public void No_way_leads_back()
    {
        foreach (var state in Enum.GetValues<WorkerState>())
        {
            foreach (var trigger in Enum.GetValues<WorkerTrigger>())
            {
                Assert.True(WorkerLifeCycle.Next(state, trigger) is not { } next || next > state);
            }
        }
    }

    private static List<WorkerState> Walk(WorkerState state, params WorkerTrigger[] triggers)
    {
        var passed = new List<WorkerState>();
        foreach (var trigger in triggers)
        {
            state = Assert.NotNull(WorkerLifeCycle.Next(state, trigger));
            passed.Add(state);
        }

        return passed;
    }
}
