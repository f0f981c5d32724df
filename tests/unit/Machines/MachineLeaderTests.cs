using System.Collections.Concurrent;
using Cluster.Contracts;
using Cluster.Machines.Agent;
using Cluster.Machines.Leader;
using Cluster.Machines.Link;

namespace Cluster.UnitTests.Machines;

/// <summary>A leader and agents on a bus: who is let in, who is lost, who is the leader.</summary>
public sealed class MachineLeaderTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly FakeBus _bus = new();
    private readonly Observer _observer = new();
    private readonly MachineLeader _leader;
    private readonly CancellationTokenSource _leave = new();
    private readonly ConcurrentQueue<string> _reports = new();

    public MachineLeaderTests()
    {
        _leader = new MachineLeader("Test", _bus.Connect(), _observer);
    }

    public async ValueTask DisposeAsync()
    {
        await _leave.CancelAsync();
        await _leader.DisposeAsync();
        _leave.Dispose();
        _bus.Dispose();
        _observer.Dispose();
    }

    [Fact]
    public async Task A_machine_joins_and_leaves()
    {
        await _leader.StartAsync(CancellationToken.None);
        var agent = RunAgent(_bus.Connect());
        Assert.Equal("joined there 3 False", await _observer.NextAsync());
        await AgentsKnowAsync(1);
        Assert.True(_leader.Machines().Single().IsOpen);
        await _leave.CancelAsync();
        await agent.WaitAsync(Patience);
        Assert.Equal("lost there It has left.", await _observer.NextAsync());
        Assert.False(_leader.Machines().Single().IsOpen);
    }

    [Fact]
    public async Task An_agent_that_is_started_anew_has_returned()
    {
        await _leader.StartAsync(CancellationToken.None);
        using (var leave = new CancellationTokenSource())
        {
            var first = RunAgent(_bus.Connect(), leave: leave.Token);
            Assert.Equal("joined there 3 False", await _observer.NextAsync());
            await AgentsKnowAsync(1);
            await leave.CancelAsync();
            await first.WaitAsync(Patience);
            Assert.Equal("lost there It has left.", await _observer.NextAsync());
        }

        var second = RunAgent(_bus.Connect());
        Assert.Equal("joined there 3 True", await _observer.NextAsync());
        Assert.Single(_leader.Machines());

        // Beside one that is there it is another machine.
        var third = RunAgent(_bus.Connect());
        Assert.Equal("joined there 3 False", await _observer.NextAsync());
        Assert.Equal(2, _leader.Machines().Count);
        await _leave.CancelAsync();
        await Task.WhenAll(second, third).WaitAsync(Patience);
    }

    [Fact]
    public async Task The_end_of_the_master_ends_the_agent()
    {
        await _leader.StartAsync(CancellationToken.None);
        var agent = RunAgent(_bus.Connect());
        await _observer.NextAsync();
        await AgentsKnowAsync(1);
        await _leader.DisposeAsync();
        await agent.WaitAsync(Patience);
        Assert.Contains(_reports, report => report.Contains("no longer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_agent_that_is_gone_is_noticed_by_the_server_s_word()
    {
        await _leader.StartAsync(CancellationToken.None);
        var connection = _bus.Connect();
        var agent = RunAgent(connection);
        await _observer.NextAsync();
        await AgentsKnowAsync(1);
        connection.Cut();
        Assert.Equal("lost there Its agent has ended.", await _observer.NextAsync());
        connection.Heal();

        // It finds out itself that it was cut off, and joins again under another name.
        Assert.Equal("joined there 3 True", await _observer.NextAsync());
        await _leave.CancelAsync();
        await agent.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_leader_that_is_gone_ends_the_agent_with_an_error()
    {
        var leaderConnection = _bus.Connect();
        var leader = new MachineLeader("Other", leaderConnection, _observer);
        await leader.StartAsync(CancellationToken.None);
        var agent = RunAgent(_bus.Connect(), "other");
        await _observer.NextAsync();
        await AgentsKnowAsync(1);
        leaderConnection.Cut();
        var failure = await Assert.ThrowsAsync<ClusterException>(() => agent.WaitAsync(Patience));
        Assert.Equal(ClusterErrorId.LeaderLost, failure.ErrorId);
        await leader.DisposeAsync();
    }

    [Fact]
    public async Task Without_a_leader_nobody_joins()
    {
        var failure = await Assert.ThrowsAsync<ClusterException>(() => RunAgent(_bus.Connect()).WaitAsync(Patience));
        Assert.Equal(ClusterErrorId.LeaderNotFound, failure.ErrorId);
    }

    [Fact]
    public async Task A_name_has_one_leader()
    {
        await _leader.StartAsync(CancellationToken.None);
        var second = new MachineLeader("TEST", _bus.Connect(), _observer);
        var failure = await Assert.ThrowsAsync<ClusterException>(() => second.StartAsync(CancellationToken.None));
        Assert.Equal(ClusterErrorId.MasterNameInUse, failure.ErrorId);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Of_two_leaders_that_begin_at_once_at_most_one_does()
    {
        MachineLeader[] leaders = [new("Race", _bus.Connect(), _observer), new("Race", _bus.Connect(), _observer)];
        var starts = leaders.Select(leader => Record.ExceptionAsync(() => leader.StartAsync(CancellationToken.None))).ToArray();
        var failures = await Task.WhenAll(starts).WaitAsync(Patience);
        Assert.Single(failures, failure => failure is null);
        foreach (var leader in leaders)
        {
            await leader.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(2, 3, "speaks version 2")]
    [InlineData(1, 0, "values that cannot be")]
    [InlineData(1, 2000, "values that cannot be")]
    public async Task What_cannot_join_is_told_why(int version, int workers, string why)
    {
        await _leader.StartAsync(CancellationToken.None);
        var reply = await AskAsync(new JoinRequest(version, JoinRequest.NewToken(), JoinRequest.NewToken(), "there", workers, 1).Write());
        Assert.Contains(why, reply.Refusal, StringComparison.Ordinal);
        Assert.Empty(_leader.Machines());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"version\":1}")]
    public async Task What_is_no_request_is_refused(string payload)
    {
        await _leader.StartAsync(CancellationToken.None);
        Assert.NotNull((await AskAsync(System.Text.Encoding.UTF8.GetBytes(payload))).Refusal);
    }

    [Fact]
    public async Task A_machine_that_sends_what_it_may_not_is_lost()
    {
        await _leader.StartAsync(CancellationToken.None);
        var session = JoinRequest.NewToken();
        Assert.Null((await AskAsync(new JoinRequest(1, session, JoinRequest.NewToken(), "bad", 1, 1).Write())).Refusal);
        Assert.Equal("joined bad 1 False", await _observer.NextAsync());
        _bus.Connect().Publish(new MachineSubjects("test").Up(session), new byte[] { 1, 2, 3 });
        Assert.StartsWith("lost bad A packet", await _observer.NextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Test", "test")]
    [InlineData("my cluster", "_6D7920636C7573746572")]
    [InlineData("a.b>*", "_612E623E2A")]
    public void A_name_is_a_part_of_a_subject(string name, string token) => Assert.Equal(token, MachineSubjects.Token(name));

    [Theory]
    [InlineData('x', 200)]
    [InlineData('ü', 100)]
    public void A_long_name_is_a_part_of_a_subject_that_a_server_takes(char letter, int length)
    {
        var token = MachineSubjects.Token(new string(letter, length));
        Assert.Matches(@"\A[A-Za-z0-9_-]{1,64}\z", token);
        Assert.NotEqual(token, MachineSubjects.Token(new string(letter, length - 1)));
    }

    /// <summary>Waits until agents have heard that they were let in, which the leader tells others first.</summary>
    private async Task AgentsKnowAsync(int count)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); _reports.Count(report => report.Contains("has joined", StringComparison.Ordinal)) < count;)
        {
            Assert.True(clock.Elapsed < Patience);
            await Task.Delay(10);
        }
    }

    private async Task<JoinReply> AskAsync(byte[] payload)
    {
        var answer = await _bus.Connect().AskAsync(new MachineSubjects("test").Join, payload, Patience, CancellationToken.None);
        return JoinReply.Read(answer!.Value.Span);
    }

    private Task RunAgent(FakeBus.FakeConnection connection, string name = "test", CancellationToken? leave = null) => new MachineAgent(
        new AgentOptions { ClusterName = name, ComputerName = "there", WorkerCount = 3, HostPath = "nothing" }, connection, _reports.Enqueue).RunAsync(leave ?? _leave.Token);

    private sealed class Observer : IMachineObserver, IDisposable
    {
        private readonly BlockingCollection<string> _seen = [];

        public void OnJoined(Machine machine, bool isBack) => _seen.Add($"joined {machine.ComputerName} {machine.Capacity} {isBack}");

        public void OnLost(Machine machine, string reason) => _seen.Add($"lost {machine.ComputerName} {reason}");

        public void OnNotStarted(string computerName, string reason) => _seen.Add($"not started {computerName} {reason}");

        public void OnRefused(string reason)
        {
            // Told to the machine as well.
        }

        public Task<string> NextAsync() => Task.Run(() => _seen.TryTake(out var seen, Patience) ? seen : "nothing");

        public void Dispose() => _seen.Dispose();
    }
}
