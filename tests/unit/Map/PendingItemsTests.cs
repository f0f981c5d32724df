using Cluster.Map;
using Cluster.Protocol;

namespace Cluster.UnitTests.Map;

/// <summary>The order in which items wait.</summary>
public sealed class PendingItemsTests
{
    private readonly PendingItems _pending = new();

    [Fact]
    public void Those_that_have_come_back_go_first_in_the_order_of_the_input()
    {
        _pending.Add(Item(5));
        _pending.AddAgain(Item(3));
        _pending.AddAgain(Item(1));
        Assert.Equal([1, 3, 5], _pending.Take(10, 1000).Select(item => item.Index));
        Assert.Equal(0, _pending.Count);
    }

    [Fact]
    public void A_suspect_goes_alone()
    {
        var suspect = Item(2);
        suspect.IsSuspect = true;
        _pending.AddAgain(suspect);
        _pending.AddAgain(Item(1));
        _pending.Add(Item(7));
        Assert.Equal([1L], _pending.Take(10, 1000).Select(item => item.Index));
        Assert.Equal([2L], _pending.Take(10, 1000).Select(item => item.Index));
        Assert.Equal([7L], _pending.Take(10, 1000).Select(item => item.Index));
    }

    [Fact]
    public void Bytes_are_bounded_but_for_one_item()
    {
        _pending.Add(Item(0, 50));
        _pending.Add(Item(1, 60));
        _pending.Add(Item(2, 500));
        Assert.Single(_pending.Take(10, 100));
        Assert.Single(_pending.Take(10, 100));
        Assert.Single(_pending.Take(10, 100));
    }

    private static MapItem Item(long index, int bytes = 1) => new(index, index, new MapItemBody(new byte[bytes], IsRaw: true));
}
