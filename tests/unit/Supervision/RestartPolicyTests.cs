using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>Whether and when a worker is started anew, without processes and clocks.</summary>
public sealed class RestartPolicyTests
{
    private static readonly RestartPolicy Policy = RestartPolicy.Default;
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(WorkerExitReason.Failed, RestartMode.OnFailure, true)]
    [InlineData(WorkerExitReason.Crashed, RestartMode.OnFailure, true)]
    [InlineData(WorkerExitReason.Killed, RestartMode.OnFailure, true)]
    [InlineData(WorkerExitReason.Hung, RestartMode.OnFailure, true)]
    [InlineData(WorkerExitReason.Completed, RestartMode.OnFailure, false)]
    [InlineData(WorkerExitReason.Stopped, RestartMode.OnFailure, false)]
    [InlineData(WorkerExitReason.Recycled, RestartMode.OnFailure, false)]
    [InlineData(WorkerExitReason.Failed, RestartMode.Always, true)]
    [InlineData(WorkerExitReason.Completed, RestartMode.Always, true)]
    [InlineData(WorkerExitReason.Stopped, RestartMode.Always, false)]
    [InlineData(WorkerExitReason.Recycled, RestartMode.Always, false)]
    [InlineData(WorkerExitReason.Failed, RestartMode.Never, false)]
    [InlineData(WorkerExitReason.Crashed, RestartMode.Never, false)]
    [InlineData(WorkerExitReason.StartFailed, RestartMode.Never, false)]
    public void The_reason_of_the_end_and_the_mode_decide(WorkerExitReason reason, RestartMode mode, bool isRestarted) =>
        Assert.Equal(
            isRestarted ? RestartDecisionKind.Restart : RestartDecisionKind.Leave,
            Decide(Policy with { Mode = mode }, RestartHistory.Empty, Exit(reason)).Kind);

    [Theory]
    [InlineData(RestartMode.OnFailure)]
    [InlineData(RestartMode.Always)]
    public void A_failure_before_ready_never_loops(RestartMode mode) =>
        Assert.Equal(RestartDecisionKind.GiveUp, Decide(Policy with { Mode = mode }, RestartHistory.Empty, Exit(WorkerExitReason.StartFailed)).Kind);

    [Fact]
    public void Who_left_is_not_fetched_back() =>
        Assert.Equal(
            RestartDecisionKind.Leave,
            Decide(Policy with { Mode = RestartMode.Always }, RestartHistory.Empty, Exit(WorkerExitReason.Failed) with { Voluntary = true }).Kind);

    [Fact]
    public void A_stop_exit_code_is_the_last_word()
    {
        var policy = Policy with { Mode = RestartMode.Always, StopExitCodes = [0, 7] };
        Assert.Equal(RestartDecisionKind.Leave, Decide(policy, RestartHistory.Empty, Exit(WorkerExitReason.Failed, 7)).Kind);
        Assert.Equal(RestartDecisionKind.Leave, Decide(policy, RestartHistory.Empty, Exit(WorkerExitReason.Completed, 0)).Kind);
        Assert.Equal(RestartDecisionKind.Restart, Decide(policy, RestartHistory.Empty, Exit(WorkerExitReason.Failed, 8)).Kind);
    }

    [Fact]
    public void A_script_that_exits_at_once_is_started_a_bounded_number_of_times()
    {
        var history = RestartHistory.Empty;
        var now = TimeSpan.Zero;
        var starts = 1;
        while (Decide(Policy, history, Exit(WorkerExitReason.Failed), now: now) is { Kind: RestartDecisionKind.Restart } decision)
        {
            starts++;
            history = decision.History;
            now += decision.Delay;
        }

        Assert.Equal(1 + Policy.MaxRestarts, starts);
    }

    [Fact]
    public void Restarts_that_lie_behind_the_window_do_not_count()
    {
        var history = RestartHistory.Empty;
        for (var i = 0; i < 100; i++)
        {
            var decision = Decide(Policy, history, Exit(WorkerExitReason.Crashed), now: i * (Policy.Window / Policy.MaxRestarts));
            Assert.Equal(RestartDecisionKind.Restart, decision.Kind);
            Assert.True(decision.History.Times.Count <= Policy.MaxRestarts);
            history = decision.History;
        }
    }

    [Fact]
    public void Delays_double_up_to_the_longest()
    {
        var policy = Policy with { MaxRestarts = 100 };
        var history = RestartHistory.Empty;
        var delays = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            var decision = Decide(policy, history, Exit(WorkerExitReason.Failed), random: 1);
            delays.Add(Math.Round(decision.Delay.TotalSeconds, 3));
            history = decision.History;
        }

        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15, 15], delays);
    }

    [Fact]
    public void A_very_long_row_of_failures_waits_the_longest_time() =>
        Assert.Equal(
            Policy.MaxDelay,
            Decide(Policy, RestartHistory.Empty with { InARow = int.MaxValue - 1 }, Exit(WorkerExitReason.Failed), random: 1).Delay);

    [Theory]
    [InlineData(0, 0.05)]
    [InlineData(0.5, 0.075)]
    [InlineData(1, 0.1)]
    public void Chance_spreads_the_delays(double random, double seconds) =>
        Assert.Equal(seconds, Decide(Policy, RestartHistory.Empty, Exit(WorkerExitReason.Failed), random: random).Delay.TotalSeconds, 6);

    [Fact]
    public void A_stable_worker_resets_the_delay()
    {
        var history = RestartHistory.Empty with { InARow = 8 };
        Assert.Equal(0.1, Decide(Policy, history, Exit(WorkerExitReason.Failed), lifetime: Policy.Window, random: 1).Delay.TotalSeconds, 6);
        Assert.Equal(15, Decide(Policy, history, Exit(WorkerExitReason.Failed), lifetime: Policy.Window - Short, random: 1).Delay.TotalSeconds, 6);
    }

    [Fact]
    public void No_restart_allowed_gives_up_at_the_first_failure() =>
        Assert.Equal(RestartDecisionKind.GiveUp, Decide(Policy with { MaxRestarts = 0 }, RestartHistory.Empty, Exit(WorkerExitReason.Failed)).Kind);

    private static WorkerExit Exit(WorkerExitReason reason, int? code = null) => new(code, null, reason, Voluntary: false, Error: null);

    private static RestartDecision Decide(
        RestartPolicy policy, RestartHistory history, WorkerExit exit, TimeSpan? lifetime = null, TimeSpan? now = null, double random = 0) =>
        policy.Decide(history, exit, lifetime ?? Short, now ?? TimeSpan.FromHours(1), random);
}
