using System.Diagnostics;
using Cluster.Protocol;
using Cluster.Worker.Map;

namespace Cluster.UnitTests.Worker;

/// <summary>The results of a batch on their way to the master.</summary>
public sealed class MapResultBufferTests
{
    private readonly object _gate = new();
    private readonly FakeMapLink _link = new();
    private readonly ResultBuffer _results;

    public MapResultBufferTests() => _results = new ResultBuffer(_link, _gate);

    [Fact]
    public void What_was_written_arrives_in_order_with_its_item() => Locked(() =>
    {
        _results.Append(MapEntryKind.Output, "\"before\""u8);
        _results.Open(1, 1000);
        _results.Position = 0;
        _results.Append(MapEntryKind.Output, "5"u8);
        _results.AppendDone(MapItemOutcome.Completed, TimeSpan.FromMilliseconds(3));
        Assert.Empty(_link.Take());
        _results.Flush();
        Assert.Equal(["r1[-1]before", "r1[0]5", "r1[0]Completed"], _link.Take());
        _results.Flush();
        Assert.Empty(_link.Sizes.Skip(1));
    });

    [Fact]
    public void Much_leaves_at_once_and_a_little_when_it_is_old() => Locked(() =>
    {
        _results.Open(1, int.MaxValue);
        var body = new byte[1000];
        for (var i = 0; i < 100; i++)
        {
            _results.Append(MapEntryKind.RawOutput, body);
        }

        Assert.InRange(_link.Sizes.Count, 3, 4);
        Assert.All(_link.Sizes, size => Assert.InRange(size, ResultBuffer.FlushBytes - 2000, ResultBuffer.FlushBytes + 2000));
        Assert.False(_results.IsDue(Stopwatch.GetTimestamp() - Stopwatch.Frequency));
        Assert.True(_results.IsDue(Stopwatch.GetTimestamp() + Stopwatch.Frequency));
    });

    [Fact]
    public void A_writer_waits_while_the_window_is_full_and_goes_on_when_results_were_taken()
    {
        using var second = new ManualResetEventSlim();
        var writer = new Thread(() => Locked(() =>
        {
            _results.Open(1, 100);

            // The first may be larger than the window, as nothing is on its way.
            _results.Append(MapEntryKind.RawOutput, new byte[ResultBuffer.FlushBytes]);
            _results.Append(MapEntryKind.RawOutput, new byte[ResultBuffer.FlushBytes]);
            second.Set();
        }));
        writer.Start();
        Assert.True(SpinWait.SpinUntil(() => Locked(() => _results.IsWaiting), TimeSpan.FromSeconds(10)));
        Assert.False(second.IsSet);
        Locked(() => _results.TryFlush());
        Assert.Single(_link.Sizes);
        Locked(() => _results.Take(new MapNumbers(2, _link.Sizes[0])));
        Locked(() => _results.Take(new MapNumbers(1, _link.Sizes[0])));
        Assert.True(second.Wait(TimeSpan.FromSeconds(10)));
        writer.Join();
        Assert.Equal(2, _link.Sizes.Count);
        Assert.True(_results.WaitedTicks > 0);
    }

    [Fact]
    public void Nobody_waits_for_what_was_given_up_and_nothing_of_it_is_sent()
    {
        var writer = new Thread(() => Locked(() =>
        {
            _results.Open(1, 100);
            _results.Append(MapEntryKind.RawOutput, new byte[ResultBuffer.FlushBytes]);
            _results.Append(MapEntryKind.RawOutput, new byte[ResultBuffer.FlushBytes]);
            _results.Append(MapEntryKind.RawOutput, new byte[ResultBuffer.FlushBytes]);
        }));
        writer.Start();
        Assert.True(SpinWait.SpinUntil(() => Locked(() => _results.IsWaiting), TimeSpan.FromSeconds(10)));
        Locked(_results.Mute);
        Assert.True(writer.Join(TimeSpan.FromSeconds(10)));
        Locked(_results.FlushNow);
        Assert.Single(_link.Sizes);
    }

    [Fact]
    public void What_no_batch_takes_is_bounded() => Locked(() =>
    {
        for (var i = 0; i < 1000; i++)
        {
            _results.Append(MapEntryKind.RawOutput, new byte[1000]);
        }

        _results.Open(1, int.MaxValue);
        _results.FlushNow();
        Assert.InRange(Assert.Single(_link.Sizes), 1, ResultBuffer.FlushBytes);
    });

    private void Locked(Action action)
    {
        lock (_gate)
        {
            action();
        }
    }

    private T Locked<T>(Func<T> action)
    {
        lock (_gate)
        {
            return action();
        }
    }
}
