using System.Diagnostics;
using Cluster.Supervision;

namespace Cluster.Map;

/// <summary>The maps of a master that are running, and its workers as they see them. Thread-safe; looking takes no lock.</summary>
internal sealed class MapTable
{
    private readonly object _gate = new();
    private volatile MapLink[] _links = [];
    private volatile MapRun[] _runs = [];
    private int _lastNumber;
    private long _idleSince = Stopwatch.GetTimestamp();

    /// <summary>The workers that have not exited.</summary>
    public IReadOnlyList<MapLink> Links => _links;

    /// <summary>Whether a map is running.</summary>
    public bool IsBusy => _runs.Length > 0;

    /// <summary>How long no map has been running; zero while one is.</summary>
    public TimeSpan IdleTime => IsBusy ? TimeSpan.Zero : Stopwatch.GetElapsedTime(Volatile.Read(ref _idleSince));

    /// <summary>A number for a map.</summary>
    /// <returns>One that no other map of the master has.</returns>
    public int NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>A worker is being made.</summary>
    /// <param name="worker">The worker.</param>
    public void OnCreated(WorkerInstance worker)
    {
        var link = new MapLink(worker, this);
        worker.Connection.RoomChanged += OnChanged;
        lock (_gate)
        {
            _links = [.. _links, link];
        }
    }

    /// <summary>A worker is ready: it has not been idle before.</summary>
    public void OnReady()
    {
        Volatile.Write(ref _idleSince, Stopwatch.GetTimestamp());
        OnChanged();
    }

    /// <summary>A worker may take batches now that did not before.</summary>
    public void OnChanged()
    {
        foreach (var run in _runs)
        {
            run.OnWorkersChanged();
        }
    }

    /// <summary>A worker has exited; its successor, if there is one, has been made before.</summary>
    /// <param name="worker">The worker.</param>
    public void OnExited(WorkerInstance worker)
    {
        if (Array.Find(_links, link => link.Worker == worker) is not { } gone)
        {
            return;
        }

        lock (_gate)
        {
            _links = [.. _links.Where(link => link != gone)];
        }

        foreach (var run in _runs)
        {
            run.OnWorkerGone(gone);
        }
    }

    /// <summary>A map of the master.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>The map; null if it is over.</returns>
    public MapRun? Find(int number) => Array.Find(_runs, run => run.Number == number);

    /// <summary>A map begins.</summary>
    /// <param name="run">The map.</param>
    public void Add(MapRun run)
    {
        lock (_gate)
        {
            _runs = [.. _runs, run];
        }
    }

    /// <summary>A map is over: its workers drop it, and stop what they still run of it.</summary>
    /// <param name="run">The map.</param>
    public void Remove(MapRun run)
    {
        lock (_gate)
        {
            _runs = [.. _runs.Where(other => other != run)];
            Volatile.Write(ref _idleSince, Stopwatch.GetTimestamp());
        }

        foreach (var link in _links)
        {
            link.End(run.Number);
        }
    }
}
