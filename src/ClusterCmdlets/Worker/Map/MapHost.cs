using System.Management.Automation.Runspaces;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Worker.Map;

/// <summary>
/// The parallel maps of a worker: takes what the master sends of them, and has the runners. The first one is the script's
/// thread; others are opened as a map wants them, and stay for later maps. Thread-safe.
/// </summary>
internal sealed partial class MapHost
{
    private readonly object _gate = new();
    private readonly WorkerSession _session;
    private readonly Dictionary<int, WorkerMap> _maps = [];
    private readonly List<WorkerMap> _ended = [];
    private readonly Stack<MapRunner> _idle = new();
    private readonly MapWatch _watch;
    private int _opened;
    private bool _isServing;
    private bool _isRefusing;
    private int _isStuck;

    /// <summary>Registers what the master may send.</summary>
    /// <param name="session">The connection to the master.</param>
    public MapHost(WorkerSession session)
    {
        _session = session;
        _watch = new MapWatch(this);
        session.Frames.Add(ControlKind.MapBegin, FrameTable.AnySize, frame => OnBegin(MapDefinition.Read(frame.Body)));
        session.Frames.Add(FrameKind.Batch, FrameTable.AnySize, frame => OnBatch(new MapBatch(frame, MapBatchBody.Read(frame.Body))));
        session.Frames.Add(ControlKind.MapTaken, MapNumbers.Size, frame => OnTaken(MapNumbers.Read(frame.Body)));
        session.Frames.Add(ControlKind.MapEnd, sizeof(int), OnEnd);
    }

    /// <summary>The connection to the master.</summary>
    public WorkerSession Session => _session;

    /// <summary>Serves maps on the calling thread, which is the script's, until the worker drains.</summary>
    /// <param name="runspace">The script's runspace.</param>
    /// <param name="host">Its host.</param>
    /// <param name="streams">Where what it writes goes when it serves no map.</param>
    public void Serve(Runspace runspace, WorkerHost host, IRecordSink streams)
    {
        var runner = new MapRunner(this, _session);
        lock (_gate)
        {
            _isServing = true;
            _idle.Push(runner);
            foreach (var map in _maps.Values)
            {
                for (var i = 0; i < map.Unbegun; i++)
                {
                    Recruit(map);
                }
            }
        }

        using var drain = _session.DrainToken.Register(Refuse);
        using var stop = _session.StopToken.Register(Stop);
        _session.Resume();
        runner.Serve(runspace, host, runner.WaitForMap());
        host.Redirect(streams);
        host.TakeExitCode();
    }

    /// <summary>Waits for a map that wants a runner.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="wanted">The map that it was opened for, or null.</param>
    /// <returns>The map, which counts it as its own; null when there will be none.</returns>
    public WorkerMap? Join(MapRunner runner, WorkerMap? wanted)
    {
        while (true)
        {
            lock (_gate)
            {
                if (wanted is not null)
                {
                    wanted.Coming--;
                }

                if (_isRefusing)
                {
                    return null;
                }

                var map = wanted is { IsRefusing: false } ? wanted : _maps.Values.FirstOrDefault(map => map.Unbegun > 0 && map.HasRoom);
                if (map is not null)
                {
                    map.Runners.Add(runner);
                    _session.KeepAlive.Add();
                    return map;
                }

                _idle.Push(runner);
            }

            wanted = runner.WaitForMap();
        }
    }

    /// <summary>A runner serves its map no more.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="map">The map.</param>
    public void Leave(MapRunner runner, WorkerMap map)
    {
        lock (_gate)
        {
            map.Disengage(runner);
            map.Runners.Remove(runner);
            if (map.Runners.Count == 0 && _ended.Remove(map))
            {
                StopWatchIfIdle();
            }
        }

        _session.KeepAlive.Remove();
    }

    /// <summary>Waits for the next batch of a map.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="map">Its map.</param>
    /// <returns>The batch; null when the runner is to leave the map.</returns>
    public MapBatch? Next(MapRunner runner, WorkerMap map)
    {
        lock (_gate)
        {
            if (map.TryTake(runner, out var batch))
            {
                return batch;
            }
        }

        _session.Resume();
        return runner.WaitForBatch();
    }

    /// <summary>A runner's pipeline has ended, and it has no batch.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="map">Its map.</param>
    public void Disengage(MapRunner runner, WorkerMap map)
    {
        lock (_gate)
        {
            map.Disengage(runner);
        }
    }

    /// <summary>Takes a batch for a runner that could not be opened, which answers it by its error.</summary>
    /// <param name="map">The map that it was opened for.</param>
    /// <returns>The batch; null when others have taken all.</returns>
    public MapBatch? TakeForFailure(WorkerMap map)
    {
        lock (_gate)
        {
            map.Coming--;
            return map.TakeUnbegun();
        }
    }

    /// <summary>The maps and those who serve them, for the watch.</summary>
    /// <returns>A copy of the list.</returns>
    public (WorkerMap Map, MapRunner[] Runners)[] Look()
    {
        lock (_gate)
        {
            return [.. _maps.Values.Concat(_ended).Select(map => (map, map.Runners.ToArray()))];
        }
    }

    /// <summary>Gives back what nobody has begun of a map, for those who serve it are busy for longer.</summary>
    /// <param name="map">The map.</param>
    public void GiveBack(WorkerMap map)
    {
        lock (_gate)
        {
            if (map.Coming == 0)
            {
                map.GiveBackAll();
            }
        }
    }

    /// <summary>An item does not stop. The worker begins nothing more, and its master kills it when those that run have ended.</summary>
    public void ReportStuck()
    {
        if (Interlocked.Exchange(ref _isStuck, 1) == 0)
        {
            _session.SendControl(ControlKind.MapStuck, []);
            Refuse();
        }
    }

    /// <summary>Gives a map another runner, if it may have one.</summary>
    private void Recruit(WorkerMap map)
    {
        if (map.HasRoom)
        {
            map.Coming++;
            if (_idle.TryPop(out var runner))
            {
                runner.Assign(map);
            }
            else
            {
                new MapRunner(this, _session).Start(map, ++_opened);
            }
        }
    }

    /// <summary>The worker takes no more work: items that run come to their ends, and nothing else.</summary>
    private void Refuse()
    {
        MapRunner[] runners;
        lock (_gate)
        {
            _isRefusing = true;
            foreach (var map in _maps.Values)
            {
                map.Refuse();
            }

            while (_idle.TryPop(out var idle))
            {
                idle.Assign(null);
            }

            runners = [.. _maps.Values.SelectMany(map => map.Runners)];
        }

        foreach (var runner in runners)
        {
            runner.Source.CutRest();
        }
    }

    private void Stop()
    {
        foreach (var (_, runners) in Look())
        {
            foreach (var runner in runners)
            {
                runner.Stop(map: null);
            }
        }
    }
}
