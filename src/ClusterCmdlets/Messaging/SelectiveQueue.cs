namespace Cluster.Messaging;

/// <summary>
/// Items in the order of arrival, from which any can be taken: a ring of places that are given up when they are empty at
/// its ends. Of records only so many are kept; the oldest go first. An item that was taken is let go. Not thread-safe.
/// </summary>
/// <typeparam name="T">The item.</typeparam>
internal sealed class SelectiveQueue<T>
    where T : class
{
    /// <summary>Records kept before the oldest is dropped.</summary>
    public const int MaxRecords = 10_000;

    private const int FirstCapacity = 64;

    /// <summary>The first place: far from zero, since items that are put back go before it, and at the ring's first index.</summary>
    private const long Origin = 1L << 40;

    // The places of records in their order, also of some that were taken meanwhile: a place may have another item by now,
    // and the record's number tells.
    private Queue<(long Place, long Number)> _records = new();
    private long _lastRecord;
    private int _recordCount;
    private Slot[] _ring = new Slot[FirstCapacity];

    // A place's index is its remainder.
    private long _first = Origin;
    private long _next = Origin;

    /// <summary>Items that are there.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an item behind the others.</summary>
    /// <param name="item">The item.</param>
    /// <param name="isRecord">Whether it may be dropped when too many of its kind are there.</param>
    /// <returns>How many records were dropped for it.</returns>
    public int Add(T item, bool isRecord)
    {
        MakeRoom();
        var place = _next++;
        At(place) = new Slot(item, isRecord ? ++_lastRecord : 0);
        Count++;
        return isRecord ? AddRecord(place) : 0;
    }

    /// <summary>Gives back an item that was taken: it is the first again, and is not dropped.</summary>
    /// <param name="item">The item.</param>
    public void PutBack(T item)
    {
        MakeRoom();
        At(--_first) = new Slot(item, Record: 0);
        Count++;
    }

    /// <summary>Whether there is a matching item.</summary>
    /// <param name="match">The condition, or null for any.</param>
    /// <returns>True if there is.</returns>
    public bool Contains(Func<T, bool>? match) => match is null ? Count > 0 : Find(match) >= 0;

    /// <summary>Takes the first matching item.</summary>
    /// <param name="match">The condition, or null for any.</param>
    /// <returns>The item, or null.</returns>
    public T? Take(Func<T, bool>? match)
    {
        var place = Count == 0 ? -1 : Find(match);
        if (place < 0)
        {
            return null;
        }

        var item = At(place).Item;
        Remove(place);
        return item;
    }

    private ref Slot At(long place) => ref _ring[(int)(place & (_ring.Length - 1))];

    /// <returns>The place, or -1.</returns>
    private long Find(Func<T, bool>? match)
    {
        for (var place = _first; place < _next; place++)
        {
            if (At(place).Item is { } item && (match is null || match(item)))
            {
                return place;
            }
        }

        return -1;
    }

    private void Remove(long place)
    {
        var slot = At(place);
        _recordCount -= slot.Record != 0 ? 1 : 0;
        At(place) = default;
        Count--;
        while (_first < _next && At(_first).Item is null)
        {
            _first++;
        }

        while (_first < _next && At(_next - 1).Item is null)
        {
            _next--;
        }
    }

    private int AddRecord(long place)
    {
        _records.Enqueue((place, _lastRecord));
        _recordCount++;
        if (_records.Count > 2 * MaxRecords)
        {
            _records = new Queue<(long Place, long Number)>(_records.Where(IsThere));
        }

        if (_recordCount <= MaxRecords)
        {
            return 0;
        }

        (long Place, long Number) oldest;
        do
        {
            oldest = _records.Dequeue();
        }
        while (!IsThere(oldest));
        Remove(oldest.Place);
        return 1;
    }

    private bool IsThere((long Place, long Number) record) =>
        record.Place >= _first && record.Place < _next && At(record.Place).Record == record.Number;

    /// <summary>Makes a place at both ends: closes the gaps that items taken from the middle have left, and doubles if need be.</summary>
    private void MakeRoom()
    {
        if (_next - _first < _ring.Length)
        {
            return;
        }

        var ring = new Slot[Count > _ring.Length / 2 ? _ring.Length * 2 : _ring.Length];
        var records = new Queue<(long Place, long Number)>(_records.Where(IsThere));
        _records.Clear();
        var kept = 0;
        for (var place = _first; place < _next; place++)
        {
            var slot = At(place);
            if (slot.Item is null)
            {
                continue;
            }

            if (records.TryPeek(out var record) && record.Place == place)
            {
                records.Dequeue();
                _records.Enqueue((Origin + kept, record.Number));
            }

            ring[kept++] = slot;
        }

        _ring = ring;
        _first = Origin;
        _next = Origin + kept;
    }

    /// <param name="Item">The item; null for a gap.</param>
    /// <param name="Record">Its number among the records; 0 for what is no record.</param>
    private readonly record struct Slot(T? Item, long Record);
}
