using Cluster.Map;

namespace Cluster.UnitTests.Map;

/// <summary>How many items go together.</summary>
public sealed class BatchSizerTests
{
    [Fact]
    public void The_first_batch_is_one_item() => Assert.Equal(1, new BatchSizer(null).Next(1000, isInputComplete: false, parallel: 2));

    [Fact]
    public void Short_items_come_in_large_batches_after_a_few_small_ones()
    {
        var sizer = new BatchSizer(null);
        var sizes = Enumerable.Range(0, 20).Select(_ => Run(sizer, TimeSpan.FromMicroseconds(4))).ToArray();
        Assert.Equal(BatchSizer.MaxItems, sizes[^1]);
        Assert.All(sizes.Zip(sizes.Skip(1)), pair => Assert.True(pair.Second <= 2 * pair.First, $"{pair.First} then {pair.Second}"));
    }

    [Fact]
    public void Long_items_go_alone_and_none_waits_behind_them()
    {
        var sizer = new BatchSizer(null);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(1, Run(sizer, TimeSpan.FromMilliseconds(100)));
        }

        Assert.False(sizer.Prefetches);
    }

    [Fact]
    public void A_slow_first_item_is_soon_forgotten()
    {
        var sizer = new BatchSizer(null);
        sizer.Note(1, TimeSpan.FromMilliseconds(40));
        for (var i = 0; i < 40; i++)
        {
            Run(sizer, TimeSpan.FromMicroseconds(5));
        }

        Assert.True(sizer.Full > 100, $"{sizer.Full}");
    }

    [Fact]
    public void At_the_end_batches_shrink()
    {
        var sizer = new BatchSizer(null);
        for (var i = 0; i < 20; i++)
        {
            Run(sizer, TimeSpan.FromMicroseconds(4));
        }

        Assert.Equal(25, sizer.Next(100, isInputComplete: true, parallel: 2));
        Assert.Equal(1, sizer.Next(1, isInputComplete: true, parallel: 2));
    }

    [Fact]
    public void A_given_size_stays()
    {
        var sizer = new BatchSizer(7);
        sizer.Note(1, TimeSpan.FromSeconds(1));
        Assert.Equal(7, sizer.Next(1000, isInputComplete: true, parallel: 2));
        Assert.Equal(3, sizer.Next(3, isInputComplete: true, parallel: 2));
    }

    private static int Run(BatchSizer sizer, TimeSpan each)
    {
        var size = sizer.Next(100_000, isInputComplete: false, parallel: 2);
        sizer.Note(size, each * size);
        return size;
    }
}
