using Cluster.Contracts;

namespace Cluster.Messaging;

/// <summary>
/// What has arrived and was not read yet, in one order of arrival. Senders' credit bounds the messages;
/// records are bounded here, the oldest go first. Thread-safe; any number of readers. Some items can be reserved for one
/// reader; the others do not see these meanwhile.
/// </summary>
/// <typeparam name="T">The item.</typeparam>
internal sealed class Inbox<T>
    where T : class
{
    private readonly object _gate = new();
    private readonly SelectiveQueue<T> _items = new();
    private Func<T, bool>? _isReserved;
    private Queue<T> _reserved = new();
    private bool _completed;
    private int _waiting;

    /// <summary>Items that were not read yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _items.Count + _reserved.Count;
            }
        }
    }

    /// <summary>Whether no more items will come.</summary>
    public bool IsCompleted
    {
        get
        {
            lock (_gate)
            {
                return _completed;
            }
        }
    }

    /// <summary>Records dropped because nobody read them.</summary>
    public long DroppedRecords { get; private set; }

    /// <summary>Raised after every change, on the thread that made it.</summary>
    public event Action? Changed;

    /// <summary>Whether a reader that waits for a matching item would return at once.</summary>
    /// <param name="match">The condition, or null for any.</param>
    /// <returns>True if one is there, or none can come any more.</returns>
    public bool HasFor(Func<T, bool>? match)
    {
        lock (_gate)
        {
            return _completed || _items.Contains(match);
        }
    }

    /// <summary>Looks at everything that is unread and not reserved, under the lock.</summary>
    /// <param name="look">Is short, and asks nothing of this queue.</param>
    public void Visit(Action<T> look)
    {
        lock (_gate)
        {
            _items.Contains(item =>
            {
                look(item);
                return false;
            });
        }
    }

    /// <summary>Adds an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="isRecord">Whether it may be dropped when too many of its kind are unread.</param>
    public void Add(T item, bool isRecord)
    {
        lock (_gate)
        {
            if (_isReserved?.Invoke(item) == true)
            {
                _reserved.Enqueue(item);
            }
            else
            {
                DroppedRecords += _items.Add(item, isRecord);
            }

            if (_waiting > 0)
            {
                Monitor.PulseAll(_gate);
            }
        }

        Changed?.Invoke();
    }

    /// <summary>Gives back items that were taken and could not be passed on: they are the next ones again.</summary>
    /// <param name="items">The items, in their order.</param>
    public void PutBack(IEnumerable<T> items)
    {
        lock (_gate)
        {
            PutBackAll(items);
        }

        Wake();
    }

    /// <summary>From now on matching items are for one reader alone, those that are there already before all others.</summary>
    /// <param name="match">The condition.</param>
    public void Reserve(Func<T, bool> match)
    {
        lock (_gate)
        {
            _isReserved = match;
            while (_items.Take(match) is { } item)
            {
                _reserved.Enqueue(item);
            }
        }
    }

    /// <summary>No more items are reserved; those that were not read are the next ones for all.</summary>
    public void Release()
    {
        lock (_gate)
        {
            var left = _reserved;
            _isReserved = null;
            _reserved = new Queue<T>();
            PutBackAll(left);
        }

        Wake();
    }

    /// <summary>Waits for a reserved item.</summary>
    /// <returns>False when none is there and items are no longer reserved, or none can come any more.</returns>
    public bool WaitForReserved()
    {
        lock (_gate)
        {
            while (_reserved.Count == 0)
            {
                if (_isReserved is null || _completed)
                {
                    return false;
                }

                _waiting++;
                Monitor.Wait(_gate);
                _waiting--;
            }

            return true;
        }
    }

    /// <summary>Takes the first reserved item that is there.</summary>
    /// <returns>The item, or null.</returns>
    public T? TryTakeReserved()
    {
        lock (_gate)
        {
            return _reserved.TryDequeue(out var item) ? item : null;
        }
    }

    /// <summary>No more items will come: readers that wait return when nothing is left for them.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
        }

        Wake();
    }

    /// <summary>Lets waiting readers look at their conditions again.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }

        Changed?.Invoke();
    }

    /// <summary>Takes matching items that are there, so that the lock is shared with the writers once for many.</summary>
    /// <param name="match">The condition, or null for any.</param>
    /// <param name="batch">Takes the items.</param>
    /// <param name="max">How many at most.</param>
    public void TakeMany(Func<T, bool>? match, Queue<T> batch, int max)
    {
        lock (_gate)
        {
            while (max-- > 0 && _items.Take(match) is { } item)
            {
                batch.Enqueue(item);
            }
        }
    }

    /// <summary>Under the lock: items that were taken are the first ones again.</summary>
    private void PutBackAll(IEnumerable<T> items)
    {
        if (_isReserved is { } isReserved)
        {
            var groups = items.ToLookup(isReserved);
            _reserved = new Queue<T>(groups[true].Concat(_reserved));
            items = groups[false];
        }

        foreach (var item in items.Reverse())
        {
            _items.PutBack(item);
        }
    }

    /// <summary>Waits for a matching item.</summary>
    /// <param name="match">The condition, or null for any.</param>
    /// <param name="ended">Whether no matching item can come any more; asked when none is there.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The item, or null at the end or the deadline.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was taken.</exception>
    public T? Take(Func<T, bool>? match, Func<bool> ended, Deadline deadline, CancellationToken cancellation)
    {
        using var wake = cancellation.Register(Wake);
        lock (_gate)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (_items.Take(match) is { } item)
                {
                    return item;
                }

                if (_completed || deadline.HasPassed || ended())
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
}
