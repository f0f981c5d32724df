using System.Runtime.CompilerServices;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Events;

/// <summary>
/// What has happened to a master, in order: the last 10,000 events, and of the bodies of lost messages in them the last 32 MiB
/// that some reader has not read yet. Any number of readers, each with a cursor of its own, read the same events and take
/// nothing from each other. Thread-safe; nothing is called under its lock but the choice of names.
/// </summary>
internal sealed class EventLog
{
    /// <summary>Events that are kept.</summary>
    public const int MaxEntries = 10_000;

    /// <summary>What the bodies of lost messages may hold: two full queues of the usual size.</summary>
    public const long MaxBodyBytes = 32 * 1024 * 1024;

    private readonly object _gate = new();
    private readonly ConditionalWeakTable<object, EventCursor> _sessions = [];

    // A reader that is gone leaves nothing: nobody has to close a cursor.
    private readonly List<WeakReference<EventCursor>> _cursors = [];
    private readonly Dictionary<ClusterEventName, long> _dropped = [];
    private readonly EventRing _events = new(MaxEntries, MaxBodyBytes);
    private bool _isCompleted;
    private int _waiting;

    /// <summary>The number of the next event: a reader that reads up to it reads what is there now.</summary>
    public long Next
    {
        get
        {
            lock (_gate)
            {
                return _events.Next;
            }
        }
    }

    /// <summary>The bytes of the bodies of lost messages that are kept.</summary>
    public long BodyBytes
    {
        get
        {
            lock (_gate)
            {
                return _events.BodyBytes;
            }
        }
    }

    /// <summary>A reader of its own, from the oldest event on that is kept.</summary>
    /// <returns>Its cursor; when that is collected, the log forgets it.</returns>
    public EventCursor Open()
    {
        lock (_gate)
        {
            var cursor = new EventCursor(_events.First, _dropped);
            _cursors.RemoveAll(other => !other.TryGetTarget(out _));
            _cursors.Add(new WeakReference<EventCursor>(cursor));
            return cursor;
        }
    }

    /// <summary>The reader of a session, which goes on where the session's last call has ended.</summary>
    /// <param name="session">The session's runspace.</param>
    /// <returns>Its cursor.</returns>
    public EventCursor CursorOf(object session) => _sessions.GetValue(session, _ => Open());

    /// <summary>Adds an event behind the others; the oldest goes when there are too many.</summary>
    /// <param name="happened">The event.</param>
    public void Add(EventEntry happened)
    {
        lock (_gate)
        {
            if (_events.Add(happened) is { } dropped)
            {
                Drop(dropped);
            }

            if (_waiting > 0)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>No more events will come: readers that wait return when nothing is left for them.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isCompleted = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Reads the next event that is there.</summary>
    /// <param name="cursor">The reader.</param>
    /// <param name="names">Which events; the others stay unread. Null for all.</param>
    /// <param name="end">Only events before this number.</param>
    /// <returns>The event, or null.</returns>
    public EventEntry? TryRead(EventCursor cursor, Func<ClusterEventName, bool>? names, long end = long.MaxValue)
    {
        lock (_gate)
        {
            return Read(cursor, names, end);
        }
    }

    /// <summary>Waits for the next event.</summary>
    /// <param name="cursor">The reader.</param>
    /// <param name="names">Which events; the others stay unread. Null for all.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The event; null at the deadline, and when none can come any more.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was read.</exception>
    public EventEntry? Read(EventCursor cursor, Func<ClusterEventName, bool>? names, Deadline deadline, CancellationToken cancellation)
    {
        using var wake = cancellation.Register(Wake);
        lock (_gate)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (Read(cursor, names, long.MaxValue) is { } happened)
                {
                    return happened;
                }

                if (_isCompleted || deadline.HasPassed)
                {
                    return null;
                }

                _waiting++;
                try
                {
                    Monitor.Wait(_gate, deadline.Remaining);
                }
                finally
                {
                    _waiting--;
                }
            }
        }
    }

    /// <summary>Gives back an event that was read and could not be passed on: its reader reads it again.</summary>
    /// <param name="cursor">The reader.</param>
    /// <param name="happened">The event.</param>
    public void PutBack(EventCursor cursor, EventEntry happened)
    {
        lock (_gate)
        {
            if (happened.Number < _events.First)
            {
                cursor.Miss(happened.Name);
                return;
            }

            cursor.Unread(happened.Number);
            _events.Replace(happened);
        }
    }

    /// <summary>How many events a reader has missed since it asked last, because it fell behind.</summary>
    /// <param name="cursor">The reader.</param>
    /// <param name="names">Which events count; null for all.</param>
    /// <returns>The number.</returns>
    public long TakeMissed(EventCursor cursor, Func<ClusterEventName, bool>? names)
    {
        lock (_gate)
        {
            return cursor.TakeMissed(names);
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private EventEntry? Read(EventCursor cursor, Func<ClusterEventName, bool>? names, long end)
    {
        for (var number = cursor.Position; number < Math.Min(end, _events.Next); number++)
        {
            var happened = _events[number];
            if (!cursor.HasPassed(number) && (names is null || names(happened.Name)))
            {
                cursor.Read(number);
                LetGo(happened);
                return happened;
            }
        }

        return null;
    }

    /// <summary>What all readers have read needs no bodies any more; one that comes later sees how many were lost.</summary>
    private void LetGo(EventEntry happened)
    {
        if (happened.Lost is { BodyBytes: > 0 } lost
            && _cursors.TrueForAll(reference => !reference.TryGetTarget(out var cursor) || cursor.HasPassed(happened.Number)))
        {
            _events.Replace(happened with { Lost = lost.WithoutBodies() });
        }
    }

    private void Drop(EventEntry oldest)
    {
        _dropped[oldest.Name] = _dropped.GetValueOrDefault(oldest.Name) + 1;
        foreach (var reference in _cursors)
        {
            if (reference.TryGetTarget(out var cursor))
            {
                cursor.Drop(oldest);
            }
        }
    }
}
