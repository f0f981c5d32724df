using Cluster.Messaging;

namespace Cluster.Supervision;

/// <summary>
/// The workers of a master by id, the last exited ones included. Thread-safe; nothing is called under its lock but the
/// making of a worker.
/// </summary>
internal sealed class WorkerTable
{
    /// <summary>Workers that have exited and are still listed.</summary>
    public const int MaxExited = 100;

    private readonly object _gate = new();
    private readonly List<WorkerInstance> _runs = [];
    private int _lastId;
    private bool _isClosed;

    /// <summary>Whether no worker can be added any more.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>Pulsed when a worker was added or has exited, or may have room for messages.</summary>
    public ChangeSignal Changed { get; } = new();

    /// <summary>All listed workers, the exited ones included, by id.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<WorkerInstance> All()
    {
        lock (_gate)
        {
            return [.. _runs];
        }
    }

    /// <summary>The workers that have not exited, by id.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<WorkerInstance> Live()
    {
        lock (_gate)
        {
            return [.. _runs.Where(instance => !instance.Worker.IsDead)];
        }
    }

    /// <summary>The ways to the workers that have not exited.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<IPeer> Peers()
    {
        lock (_gate)
        {
            return [.. _runs.Where(instance => !instance.Worker.IsDead).Select(instance => instance.Connection)];
        }
    }

    /// <summary>The workers that take messages: not those that leave.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<WorkerInstance> Accepting() => [.. Live().Where(instance => instance.Connection.IsAccepting)];

    /// <summary>A listed worker.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The worker, or null.</returns>
    public WorkerInstance? Find(int id)
    {
        lock (_gate)
        {
            return _runs.Find(instance => instance.Worker.Id == id);
        }
    }

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
            _runs.Add(instance);
            Forget();
            instance.Connection.RoomChanged += Changed.Pulse;
            Changed.Pulse();
            return instance;
        }
    }

    /// <summary>No worker can be added any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    private int FreeSlot()
    {
        var taken = _runs.Where(instance => !instance.Worker.IsDead).Select(instance => instance.Worker.Slot).ToHashSet();
        return Enumerable.Range(0, int.MaxValue).First(free => !taken.Contains(free));
    }

    /// <summary>Drops the oldest exited workers over the number that is kept.</summary>
    private void Forget()
    {
        var exited = _runs.Count(instance => instance.Worker.IsDead);
        for (var i = 0; i < _runs.Count && exited > MaxExited; i++)
        {
            if (_runs[i].Worker.IsDead)
            {
                _runs.RemoveAt(i--);
                exited--;
            }
        }
    }
}
