using Cluster.Messaging;

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

    /// <summary>Whether no worker can be added any more.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Pulsed when a worker was added or has exited, or may have room for messages.</summary>
    public ChangeSignal Changed { get; } = new();

    /// <summary>All listed workers, the exited ones included, by id.</summary>
    /// <returns>The list at this moment.</returns>
    public IReadOnlyList<WorkerInstance> All() => _all;

    /// <summary>The workers that have not exited, by id.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<WorkerInstance> Live() => [.. _all.Where(instance => !instance.Status.IsDead)];

    /// <summary>The ways to the workers that have not exited.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<IPeer> Peers() => [.. _all.Where(instance => !instance.Status.IsDead).Select(instance => instance.Connection)];

    /// <summary>The ways to the workers that take messages: not to those that leave.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<IPeer> Accepting() => [.. _all.Select(instance => instance.Connection).Where(connection => connection.IsAccepting)];

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
            instance.Connection.RoomChanged += Changed.Pulse;
            Changed.Pulse();
            return instance;
        }
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
