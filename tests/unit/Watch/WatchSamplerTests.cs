using Cluster.Contracts;
using Cluster.Watch;

namespace Cluster.UnitTests.Watch;

/// <summary>Two samples make rates.</summary>
public sealed class WatchSamplerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_first_sample_has_no_rates()
    {
        var snapshot = new WatchSampler(Second).Next(Samples.Master(0, 10, 10, Samples.Worker(1, 10, 10)), []);
        Assert.Null(snapshot.SentRate);
        Assert.Null(snapshot.Rows[0].SentRate);
        Assert.Null(snapshot.Rows[0].Cpu);
        Assert.Empty(snapshot.Rows[0].History);
        Assert.Equal((1, 1, 3), (snapshot.Ready, snapshot.Wanted, snapshot.Unread));
    }

    [Fact]
    public void Rates_are_what_has_come_between_two_samples()
    {
        var sampler = new WatchSampler(Second);
        sampler.Next(Samples.Master(0, 100, 1_000, Samples.Worker(1, 100, 1_000, processorSeconds: 1)), []);
        var snapshot = sampler.Next(Samples.Master(2, 120, 1_400, Samples.Worker(1, 120, 1_400, processorSeconds: 2.5)), []);
        Assert.Equal((10.0, 200.0), (snapshot.SentRate, snapshot.ReceivedRate));
        var row = snapshot.Rows[0];
        Assert.Equal((10.0, 200.0, 0.75), (row.SentRate, row.ReceivedRate, row.Cpu));
        Assert.Equal([210.0], row.History);
        Assert.Equal(TimeSpan.FromSeconds(2), row.Since);
    }

    [Fact]
    public void A_sample_that_comes_soon_shows_the_rates_of_the_one_before()
    {
        var sampler = new WatchSampler(Second);
        sampler.Next(Samples.Master(0, 0, 0, Samples.Worker(1)), []);
        sampler.Next(Samples.Master(1, 10, 0, Samples.Worker(1, 10)), []);
        var soon = sampler.Next(Samples.Master(1.2, 1_000, 0, Samples.Worker(1, 1_000)), []);
        Assert.Equal(10, soon.SentRate);
        Assert.Equal([10.0], soon.Rows[0].History);
        var later = sampler.Next(Samples.Master(2, 1_010, 0, Samples.Worker(1, 1_010)), []);
        Assert.Equal(1_000, later.SentRate);
        Assert.Equal([10.0, 1_000.0], later.Rows[0].History);
    }

    [Fact]
    public void The_history_is_bounded_and_ends_with_its_worker()
    {
        var sampler = new WatchSampler(Second);
        WatchSnapshot? snapshot = null;
        for (var second = 0; second <= WatchSampler.HistoryLength + 5; second++)
        {
            snapshot = sampler.Next(Samples.Master(second, 0, 0, Samples.Worker(1, second * second)), []);
        }

        var history = snapshot!.Rows[0].History;
        Assert.Equal(WatchSampler.HistoryLength, history.Count);
        Assert.Equal((2 * (WatchSampler.HistoryLength + 5)) - 1, history[^1]);
        var next = sampler.Next(Samples.Master(100, 0, 0, Samples.Worker(2)), []).Rows[0];
        Assert.Equal(2, next.Id);
        Assert.Empty(next.History);
    }

    [Fact]
    public void A_worker_without_a_process_uses_no_processor()
    {
        var sampler = new WatchSampler(Second);
        sampler.Next(Samples.Master(0, 0, 0, Samples.Worker(1)), []);
        var snapshot = sampler.Next(
            Samples.Master(1, 0, 0, Samples.Worker(1) with { State = WorkerState.Failed, ProcessorTime = null, Memory = null }), []);
        Assert.Null(snapshot.Rows[0].Cpu);
        Assert.Null(snapshot.Rows[0].Memory);
        Assert.Equal(0, snapshot.Ready);
    }
}
