using System.Diagnostics;
using Cluster.Protocol;
using Cluster.Worker.Map;

namespace Cluster.UnitTests.Worker;

/// <summary>The items of a runner: their order, their ends, and what becomes of those behind a long one.</summary>
public sealed class MapItemSourceTests
{
    private static readonly long Long = Stopwatch.Frequency / 20;

    private readonly object _gate = new();
    private readonly FakeMapLink _link = new();
    private readonly Queue<MapBatch> _batches = new();
    private readonly ItemSource _source;
    private WorkerMap _map;

    public MapItemSourceTests()
    {
        _source = new ItemSource(_link, new ResultBuffer(_link, _gate), _gate);
        _map = Serve(timeout: 0);
    }

    [Fact]
    public void Items_come_in_order_over_batches_and_each_ends_with_the_next()
    {
        _batches.Enqueue(FakeMapLink.Batch(2, "c"));
        _source.Begin(FakeMapLink.Batch(1, "a", "b"));
        List<object?> items = [];
        while (_source.MoveNext())
        {
            items.Add(_source.Current);
        }

        Assert.Equal(["a", "b", "c"], items);
        Assert.Equal(
            ["begin 1", "r1[0]Completed", "r1[1]Completed", "done 1", "begin 2", "r2[0]Completed", "done 2"], _link.Take());
        Assert.False(_source.HasBatch);
    }

    [Fact]
    public void What_is_behind_a_long_item_is_given_back_once_and_not_run()
    {
        _source.Begin(FakeMapLink.Batch(1, 1, 2, 3));
        Assert.True(_source.MoveNext());
        _link.Take();
        Assert.False(_source.Look(Stopwatch.GetTimestamp(), Stopwatch.Frequency * 100));
        Assert.Empty(_link.Take());
        Assert.True(_source.Look(Stopwatch.GetTimestamp() + (2 * Long), Long));
        Assert.True(_source.Look(Stopwatch.GetTimestamp() + (3 * Long), Long));
        Assert.Equal(["return 1 from 1"], _link.Take());
        Assert.False(_source.MoveNext());
        Assert.Equal(["r1[0]Completed", "done 1"], _link.Take());
    }

    [Fact]
    public void The_first_item_stays_while_a_begin_block_takes_long()
    {
        _source.Begin(FakeMapLink.Batch(1, 1, 2, 3));
        _link.Take();
        _source.Look(Stopwatch.GetTimestamp() + (2 * Long), Long);
        Assert.Equal(["return 1 from 1"], _link.Take());
        Assert.True(_source.MoveNext());
    }

    [Fact]
    public void An_item_over_its_time_has_ended_for_the_master_and_its_runner_leaves_it()
    {
        _map = Serve(timeout: 100);
        _source.Begin(FakeMapLink.Batch(1, 1, 2));
        Assert.True(_source.MoveNext());
        Assert.False(_source.TimeOut(Stopwatch.GetTimestamp()));
        Assert.True(_source.TimeOut(Stopwatch.GetTimestamp() + Stopwatch.Frequency));
        Assert.False(_source.TimeOut(Stopwatch.GetTimestamp() + (2 * Stopwatch.Frequency)));
        Assert.Equal(["begin 1", "return 1 from 1", "r1[0]TimedOut", "done 1"], _link.Take());
        Assert.NotNull(_source.AbandonedAt());
        Assert.False(_source.MoveNext());
        _source.EndPipeline(MapItemOutcome.Failed, []);
        Assert.Null(_source.AbandonedAt());
        Assert.Empty(_link.Take());
        _source.Begin(FakeMapLink.Batch(2, 5));
        Assert.True(_source.MoveNext());
        Assert.Equal(5, _source.Current);
    }

    [Fact]
    public void A_pipeline_that_an_error_ends_goes_on_with_the_next_item()
    {
        _source.Begin(FakeMapLink.Batch(1, 1, 2));
        _source.BeginPipeline();
        _source.MoveNext();
        _source.EndPipeline(MapItemOutcome.Failed, []);
        Assert.True(_source.HasBatch);
        _source.BeginPipeline();
        Assert.True(_source.MoveNext());
        Assert.Equal(2, _source.Current);
        _source.EndPipeline(MapItemOutcome.Completed, []);
        Assert.False(_source.HasBatch);
        Assert.Equal(["begin 1", "r1[0]Failed", "r1[1]Completed", "done 1"], _link.Take());
    }

    [Fact]
    public void A_begin_block_that_always_fails_takes_an_item_with_it_each_time()
    {
        _source.Begin(FakeMapLink.Batch(1, 1, 2));
        for (var i = 0; i < 2; i++)
        {
            Assert.True(_source.HasBatch);
            _source.BeginPipeline();
            _source.EndPipeline(MapItemOutcome.Failed, []);
        }

        Assert.False(_source.HasBatch);
        Assert.Equal(["begin 1", "r1[0]Failed", "r1[1]Failed", "done 1"], _link.Take());
    }

    [Fact]
    public void The_end_of_the_input_ends_the_enumeration_and_is_answered_by_its_map()
    {
        _batches.Enqueue(FakeMapLink.End(9));
        _source.Begin(FakeMapLink.Batch(1, 1));
        _source.BeginPipeline();
        Assert.True(_source.MoveNext());
        Assert.False(_source.MoveNext());
        Assert.True(_source.HasBatch);
        _source.EndPipeline(MapItemOutcome.Completed, []);
        Assert.False(_source.HasBatch);
        Assert.Equal(["begin 1", "r1[0]Completed", "done 1"], _link.Take());
    }

    [Fact]
    public void A_map_that_is_over_stops_its_own_items_alone()
    {
        _source.Begin(FakeMapLink.Batch(1, 1, 2));
        _source.MoveNext();
        Assert.False(_source.Abandon(new WorkerMap(_map.Definition, _link)));
        Assert.Null(_source.AbandonedAt());
        Assert.True(_source.Abandon(_map));
        Assert.False(_source.MoveNext());
        Assert.Equal(["begin 1"], _link.Take());
    }

    [Fact]
    public void A_malformed_item_fails_alone()
    {
        var batch = FakeMapLink.Batch(1, 1, 2);
        batch.Items[0] = new MapItemBody("{"u8.ToArray(), IsRaw: false);
        _source.Begin(batch);
        Assert.True(_source.MoveNext());
        Assert.Equal(2, _source.Current);
        Assert.False(_source.MoveNext());
        var sent = _link.Take();
        Assert.StartsWith("r1[0]The body", sent[1], StringComparison.Ordinal);
        Assert.Equal(["r1[0]Failed", "r1[1]Completed", "done 1"], sent[2..]);
    }

    private WorkerMap Serve(int timeout)
    {
        var map = new WorkerMap(new MapDefinition { Number = 1, ScriptText = "$_", WorkingDirectory = "/", ItemTimeoutMs = timeout }, _link);
        _source.Serve(map, () => _batches.TryDequeue(out var batch) ? batch : null);
        return map;
    }
}
