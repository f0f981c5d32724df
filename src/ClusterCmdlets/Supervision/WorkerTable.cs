using Cluster.Transport;

namespace Cluster.Supervision;

/// <summary>
/// The workers of a master by id, the last exited ones included. Thread-safe; looking at them takes no lock, and nothing is
/// called under the one that guards a change but the making of a worker.
/// </summary>
internal sealed class WorkerTable
{
    /// <summary>Workers that have exited and are still listed.</summary>
    public const int MaxExited = 100;

    private readonly object _gate = new();
    private volatile WorkerInstance[] _all = [];
    private volatile bool _isClosed;
    private int _lastId;
    private long _version;

    /// <summary>Whether no worker can be added any more.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Counts the workers that were added or have exited: for <see cref="WaitForChange"/>.</summary>
    public long Version
    {
        get
        {
            lock (_gate)
            {
                return _version;
            }
        }
    }

    /// <summary>All listed workers, the exited ones included, by id.</summary>
    /// <returns>The list at this moment.</returns>
    public IReadOnlyList<WorkerInstance> All() => _all;

    /// <summary>The workers that have not exited, by id.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<WorkerInstance> Live() => [.. _all.Where(instance => !instance.Status.IsDead)];

    /// <summary>A listed worker.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The worker, or null.</returns>
    public WorkerInstance? Find(int id) => Array.Find(_all, instance => instance.Id == id);

    /// <summary>Adds a worker to a slot.</summary>
    /// <param name="slot">The slot; null for the first that is free.</param>
    /// <param name="create">Makes the worker of an id and a slot.</param>
    /// <returns>The worker; null after the end.</returns>
    public WorkerInstance? Add(int? slot, Func<int, int, WorkerInstance> create)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return null;
            }

            var instance = create(++_lastId, slot ?? FreeSlot());
            _all = [.. Remembered(), instance];
            NoteChange();
            return instance;
        }
    }

    /// <summary>A worker has exited, or it is worth another look for some other reason.</summary>
    public void NoteChange()
    {
        lock (_gate)
        {
            _version++;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until a worker is added or has exited.</summary>
    /// <param name="version">The version that the caller has seen.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False at the deadline.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool WaitForChange(long version, Deadline deadline, CancellationToken cancellation)
    {
        using var wake = cancellation.Register(NoteChange);
        lock (_gate)
        {
            while (_version == version)
            {
                cancellation.ThrowIfCancellationRequested();
                if (deadline.HasPassed)
                {
                    return false;
                }

                Monitor.Wait(_gate, deadline.Remaining);
            }
        }

        cancellation.ThrowIfCancellationRequested();
        return true;
    }

    /// <summary>No worker can be added any more, and all that were are listed.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    /// <summary>The same for the end of the process, without the lock: one that is being added may be missed.</summary>
    public void Abandon() => _isClosed = true;

    private int FreeSlot()
    {
        var taken = Live().Select(instance => instance.SlotNumber).ToHashSet();
        return Enumerable.Range(0, int.MaxValue).First(free => !taken.Contains(free));
    }

    /// <summary>The listed workers without the oldest exited ones over the number that is kept.</summary>
    private IEnumerable<WorkerInstance> Remembered()
    {
        var surplus = _all.Count(instance => instance.Status.IsDead) - MaxExited;
        return _all.Where(instance => !(instance.Status.IsDead && surplus-- > 0));
    }
}
