using System.Buffers.Binary;
using Cluster.Protocol;

namespace Cluster.Worker.Map;

/// <summary>
/// A map of which this worker runs items: what has arrived, and who serves it. Its members are called under the lock of the
/// <see cref="MapHost"/>, but for those that say otherwise.
/// </summary>
/// <param name="definition">What it runs.</param>
/// <param name="link">The way to the master.</param>
internal sealed class WorkerMap(MapDefinition definition, IMapLink link)
{
    private readonly Queue<MapBatch> _batches = new();
    private readonly Stack<MapRunner> _waiting = new();
    private MapBatch? _end;
    private int _engaged;
    private volatile bool _isRefusing;

    /// <summary>What it runs. On any thread.</summary>
    public MapDefinition Definition => definition;

    /// <summary>Runners that serve it.</summary>
    public List<MapRunner> Runners { get; } = [];

    /// <summary>Runners that are being opened for it.</summary>
    public int Coming { get; set; }

    /// <summary>Whether no item is to be begun any more. On any thread.</summary>
    public bool IsRefusing => _isRefusing;

    /// <summary>How many batches nobody has begun.</summary>
    public int Unbegun => _batches.Count;

    /// <summary>Whether another runner may serve it.</summary>
    public bool HasRoom => Runners.Count + Coming < definition.Concurrency;

    /// <summary>Adds a batch: to a runner that waits, or to those that nobody has begun.</summary>
    /// <param name="batch">The batch.</param>
    /// <returns>Whether a runner has it.</returns>
    public bool Add(MapBatch batch)
    {
        if (batch.IsEnd)
        {
            AddEnd(batch);
            return true;
        }

        if (_isRefusing)
        {
            GiveBack(batch);
            return true;
        }

        if (_waiting.TryPop(out var runner))
        {
            Engage(runner);
            runner.Give(batch);
            return true;
        }

        _batches.Enqueue(batch);
        return false;
    }

    /// <summary>Takes the next batch for a runner.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="batch">The batch; null when it is to leave the map.</param>
    /// <returns>False when it is to wait until it is given one.</returns>
    public bool TryTake(MapRunner runner, out MapBatch? batch)
    {
        batch = null;
        if (_isRefusing)
        {
            return true;
        }

        if (_batches.TryDequeue(out batch))
        {
            Engage(runner);
            return true;
        }

        if (_end is not null && runner.IsEngaged)
        {
            batch = _end;
            return true;
        }

        _waiting.Push(runner);
        return false;
    }

    /// <summary>Takes a batch that nobody has begun, and that nobody will.</summary>
    /// <returns>The batch, or null.</returns>
    public MapBatch? TakeUnbegun() => _batches.TryDequeue(out var batch) ? batch : null;

    /// <summary>A runner's pipeline has ended, and it has no batch: the last one ends the input.</summary>
    /// <param name="runner">The runner.</param>
    public void Disengage(MapRunner runner)
    {
        if (runner.IsEngaged)
        {
            runner.IsEngaged = false;
            _engaged--;
            EndIfOver();
        }
    }

    /// <summary>Begins no more items: what nobody has begun is given back, and those who wait leave.</summary>
    public void Refuse()
    {
        _isRefusing = true;
        GiveBackAll();
        Release();
    }

    /// <summary>The map is over: what nobody has begun is dropped, and those who wait leave.</summary>
    public void End()
    {
        _isRefusing = true;
        while (_batches.TryDequeue(out var batch))
        {
            link.DropBatch(batch.Frame);
        }

        _end = null;
        Release();
    }

    /// <summary>Gives back what nobody has begun.</summary>
    public void GiveBackAll()
    {
        while (_batches.TryDequeue(out var batch))
        {
            GiveBack(batch);
        }

        EndIfOver();
    }

    /// <summary>
    /// Gives back a batch as it is. Its credit comes last: if the process dies in between, the master has the items already and
    /// does not take them for begun.
    /// </summary>
    private void GiveBack(MapBatch batch)
    {
        link.SendControl(ControlKind.MapReturn, new MapNumbers(batch.Correlation, 0).Write());
        SendDone(batch.Correlation);
        link.DropBatch(batch.Frame);
    }

    private void AddEnd(MapBatch batch)
    {
        // Nothing runs of it but end blocks, which may be run again elsewhere.
        link.DropBatch(batch.Frame);
        if (_end is { } before)
        {
            SendDone(before.Correlation);
        }

        _end = batch;
        EndIfOver();
        if (_end is not null)
        {
            // Those that wait and are not engaged have no pipeline to end.
            var waiting = _waiting.Reverse().ToArray();
            _waiting.Clear();
            foreach (var runner in waiting)
            {
                if (runner.IsEngaged)
                {
                    runner.Give(batch);
                }
                else
                {
                    _waiting.Push(runner);
                }
            }
        }
    }

    private void EndIfOver()
    {
        if (_end is { } end && _engaged == 0 && _batches.Count == 0)
        {
            _end = null;
            SendDone(end.Correlation);
        }
    }

    private void Engage(MapRunner runner)
    {
        if (!runner.IsEngaged)
        {
            runner.IsEngaged = true;
            _engaged++;
        }
    }

    private void Release()
    {
        while (_waiting.TryPop(out var runner))
        {
            runner.Give(null);
        }
    }

    private void SendDone(long correlation)
    {
        Span<byte> payload = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, correlation);
        link.SendControl(ControlKind.MapDone, payload);
    }
}
