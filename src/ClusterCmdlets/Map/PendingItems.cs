namespace Cluster.Map;

/// <summary>Items that wait for a worker: first those that have come back, in the order of the input, then the others. Not thread-safe.</summary>
internal sealed class PendingItems
{
    private readonly Queue<MapItem> _fresh = new();
    private readonly PriorityQueue<MapItem, long> _again = new();

    /// <summary>How many wait.</summary>
    public int Count => _fresh.Count + _again.Count;

    /// <summary>Whether the next item is to be tried alone.</summary>
    public bool IsNextSuspect => _again.TryPeek(out var first, out _) && first.IsSuspect;

    /// <summary>Whether an item is the next one.</summary>
    /// <param name="index">Its place in the input.</param>
    /// <returns>True if it is.</returns>
    public bool IsNext(long index) => TryPeek(out var first) && first.Index == index;

    /// <summary>Adds an item of the input.</summary>
    /// <param name="item">The item.</param>
    public void Add(MapItem item) => _fresh.Enqueue(item);

    /// <summary>Adds an item that has come back.</summary>
    /// <param name="item">The item.</param>
    public void AddAgain(MapItem item) => _again.Enqueue(item, item.Index);

    /// <summary>Takes items for a batch. One that is to be tried alone is the only one.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="maxBytes">How many bytes at most, unless the first alone has more.</param>
    /// <returns>The items, at least one if any waits.</returns>
    public MapItem[] Take(int count, int maxBytes)
    {
        if (IsNextSuspect)
        {
            return [_again.Dequeue()];
        }

        var taken = new List<MapItem>(Math.Min(count, Count));
        for (long bytes = 0; taken.Count < count && !IsNextSuspect && TryPeek(out var next); taken.Add(Dequeue()))
        {
            bytes += next.Body.Bytes.Length;
            if (taken.Count > 0 && bytes > maxBytes)
            {
                break;
            }
        }

        return [.. taken];
    }

    /// <summary>Drops all.</summary>
    /// <returns>What has waited.</returns>
    public IReadOnlyList<MapItem> Clear()
    {
        var dropped = new List<MapItem>(Count);
        while (Count > 0)
        {
            dropped.Add(Dequeue());
        }

        return dropped;
    }

    private bool TryPeek(out MapItem item) => _again.TryPeek(out item!, out _) || _fresh.TryPeek(out item!);

    private MapItem Dequeue() => _again.Count > 0 ? _again.Dequeue() : _fresh.Dequeue();
}
