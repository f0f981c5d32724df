using Cluster.Protocol;
using Cluster.Worker.Map;

namespace Cluster.UnitTests.Worker;

/// <summary>A map in its worker: who gets which batch, and when its input has ended.</summary>
public sealed class WorkerMapTests
{
    private readonly FakeMapLink _link = new();
    private readonly WorkerMap _map;

    public WorkerMapTests() =>
        _map = new WorkerMap(new MapDefinition { Number = 1, ScriptText = "$_", WorkingDirectory = "/", Concurrency = 2 }, _link);

    [Fact]
    public void A_batch_goes_to_a_runner_that_waits_or_else_to_the_next_that_comes()
    {
        var (first, second) = (Runner(), Runner());
        Assert.False(_map.TryTake(first, out _));
        Assert.True(_map.Add(FakeMapLink.Batch(1, "a")));
        Assert.Equal(1, first.WaitForBatch()!.Correlation);
        Assert.False(_map.Add(FakeMapLink.Batch(2, "b")));
        Assert.Equal(1, _map.Unbegun);
        Assert.True(_map.TryTake(second, out var batch));
        Assert.Equal(2, batch!.Correlation);
        Assert.Empty(_link.Take());
    }

    [Fact]
    public void The_end_is_answered_when_the_last_pipeline_has_ended()
    {
        var (first, second, idle) = (Runner(), Runner(), Runner());
        _map.Add(FakeMapLink.Batch(1, "a"));
        _map.Add(FakeMapLink.Batch(2, "b"));
        _map.TryTake(first, out _);
        _map.TryTake(second, out _);
        _map.TryTake(idle, out _);
        Assert.False(_map.TryTake(first, out _));
        _map.Add(FakeMapLink.End(3));
        Assert.True(first.WaitForBatch()!.IsEnd);
        Assert.True(_map.TryTake(second, out var end));
        Assert.True(end!.IsEnd);
        _map.Disengage(second);
        Assert.Equal(["drop 3"], _link.Take());
        _map.Disengage(first);
        Assert.Equal(["done 3"], _link.Take());
        Assert.True(_map.Add(FakeMapLink.Batch(4, "c")));
        Assert.Equal(4, idle.WaitForBatch()!.Correlation);
    }

    [Fact]
    public void An_end_is_answered_at_once_when_nothing_runs()
    {
        _map.Add(FakeMapLink.End(3));
        Assert.Equal(["drop 3", "done 3"], _link.Take());
    }

    [Fact]
    public void A_worker_that_takes_no_more_gives_back_what_nobody_has_begun()
    {
        var runner = Runner();
        _map.TryTake(runner, out _);
        _map.Add(FakeMapLink.Batch(1, "a"));
        _map.Add(FakeMapLink.Batch(2, "b"));
        Assert.Equal(1, runner.WaitForBatch()!.Correlation);
        _map.Refuse();
        Assert.Equal(["return 2 from 0", "done 2", "drop 2"], _link.Take());
        Assert.True(_map.Add(FakeMapLink.Batch(3, "c")));
        Assert.Equal(["return 3 from 0", "done 3", "drop 3"], _link.Take());
        Assert.True(_map.TryTake(runner, out var batch));
        Assert.Null(batch);
    }

    [Fact]
    public void The_end_of_the_map_drops_what_nobody_has_begun_and_those_who_wait_leave()
    {
        var runner = Runner();
        _map.Add(FakeMapLink.Batch(1, "a"));
        _map.TryTake(runner, out _);
        Assert.False(_map.TryTake(runner, out _));
        _map.End();
        Assert.Null(runner.WaitForBatch());
        Assert.Empty(_link.Take());
        _map.Disengage(runner);
        Assert.Empty(_link.Take());
    }

    private MapRunner Runner() => new(null!, _link);
}
