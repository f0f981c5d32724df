namespace Cluster.Events;

/// <summary>
/// The last events by number, from the oldest that is kept: so many at most, and so many bytes of bodies of lost messages, of which
/// the oldest go first. Not thread-safe.
/// </summary>
/// <param name="maxEntries">Events that are kept.</param>
/// <param name="maxBodyBytes">What their bodies may hold.</param>
internal sealed class EventRing(int maxEntries, long maxBodyBytes)
{
    private const int FirstCapacity = 64;

    // An event's index is the remainder of its number.
    private EventEntry[] _ring = new EventEntry[FirstCapacity];

    // No event before this one has bodies.
    private long _firstWithBodies;

    /// <summary>The number of the oldest event that is kept.</summary>
    public long First { get; private set; }

    /// <summary>The number of the next event.</summary>
    public long Next { get; private set; }

    /// <summary>The bytes of all bodies.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>An event.</summary>
    /// <param name="number">Its number: from <see cref="First"/> to before <see cref="Next"/>.</param>
    public EventEntry this[long number] => At(number);

    /// <summary>Adds an event behind the others.</summary>
    /// <param name="happened">The event, which gets its number.</param>
    /// <returns>The oldest one, which had to go for it, or null.</returns>
    public EventEntry? Add(EventEntry happened)
    {
        var dropped = Next - First == maxEntries ? DropOldest() : null;
        MakeRoom();
        At(Next) = happened with { Number = Next };
        Next++;
        BodyBytes += happened.Lost?.BodyBytes ?? 0;
        KeepBudget();
        return dropped;
    }

    /// <summary>Puts an event in its place again, with more bodies or with fewer.</summary>
    /// <param name="happened">The event, which is still kept.</param>
    public void Replace(EventEntry happened)
    {
        Set(happened);
        KeepBudget();
    }

    private ref EventEntry At(long number) => ref _ring[number & (_ring.Length - 1)];

    private void Set(EventEntry happened)
    {
        ref var old = ref At(happened.Number);
        BodyBytes += (happened.Lost?.BodyBytes ?? 0) - (old.Lost?.BodyBytes ?? 0);
        old = happened;
        _firstWithBodies = Math.Min(_firstWithBodies, happened.Number);
    }

    private EventEntry DropOldest()
    {
        var oldest = At(First);
        BodyBytes -= oldest.Lost?.BodyBytes ?? 0;
        At(First++) = null!;
        return oldest;
    }

    private void KeepBudget()
    {
        while (BodyBytes > maxBodyBytes)
        {
            _firstWithBodies = Math.Max(_firstWithBodies, First);
            if (At(_firstWithBodies) is { Lost: { BodyBytes: > 0 } lost } happened)
            {
                Set(happened with { Lost = lost.WithoutBodies(BodyBytes - maxBodyBytes) });
            }
            else
            {
                _firstWithBodies++;
            }
        }
    }

    private void MakeRoom()
    {
        if (Next - First < _ring.Length)
        {
            return;
        }

        var old = _ring;
        _ring = new EventEntry[2 * old.Length];
        for (var number = First; number < Next; number++)
        {
            At(number) = old[number & (old.Length - 1)];
        }
    }
}
