using Cluster.Contracts;

namespace Cluster.Events;

/// <summary>
/// How far one reader of an <see cref="EventLog"/> has come, and what it has missed. It may read events of some names and leave
/// the others for later. Belongs to its log, under whose lock alone it is used.
/// </summary>
internal sealed class EventCursor
{
    private readonly Dictionary<ClusterEventName, long> _missed;

    // What was read behind the first event that was not.
    private readonly HashSet<long> _readAhead = [];

    /// <summary>Creates a cursor at the oldest event that is kept.</summary>
    /// <param name="position">That event.</param>
    /// <param name="missed">How many events before it there were, by name.</param>
    public EventCursor(long position, IReadOnlyDictionary<ClusterEventName, long> missed)
    {
        Position = position;
        _missed = new Dictionary<ClusterEventName, long>(missed);
    }

    /// <summary>The first event that was not read. All before were read or missed.</summary>
    public long Position { get; private set; }

    /// <summary>Whether an event was read, or is gone.</summary>
    /// <param name="number">The event.</param>
    /// <returns>True if so.</returns>
    public bool HasPassed(long number) => number < Position || _readAhead.Contains(number);

    /// <summary>An event is read.</summary>
    /// <param name="number">The event, which was not.</param>
    public void Read(long number)
    {
        _readAhead.Add(number);
        while (_readAhead.Remove(Position))
        {
            Position++;
        }
    }

    /// <summary>An event was read and could not be passed on: it is unread again.</summary>
    /// <param name="number">The event.</param>
    public void Unread(long number)
    {
        _readAhead.Remove(number);
        while (Position > number)
        {
            if (--Position != number)
            {
                _readAhead.Add(Position);
            }
        }
    }

    /// <summary>The oldest event leaves the log.</summary>
    /// <param name="oldest">The event.</param>
    public void Drop(EventEntry oldest)
    {
        if (!HasPassed(oldest.Number))
        {
            Miss(oldest.Name);
            Read(oldest.Number);
        }
    }

    /// <summary>An event is gone that was not read.</summary>
    /// <param name="name">Its name.</param>
    public void Miss(ClusterEventName name) => _missed[name] = _missed.GetValueOrDefault(name) + 1;

    /// <summary>How many events were missed since this was asked last.</summary>
    /// <param name="names">Which events count; null for all.</param>
    /// <returns>The number.</returns>
    public long TakeMissed(Func<ClusterEventName, bool>? names)
    {
        var missed = 0L;
        foreach (var (name, count) in _missed.Where(pair => names is null || names(pair.Key)).ToArray())
        {
            missed += count;
            _missed.Remove(name);
        }

        return missed;
    }
}
