using System.Buffers.Binary;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Worker.Map;

/// <content>What the master sends of maps. On the thread that reads, which must not wait.</content>
internal sealed partial class MapHost
{
    private void OnBegin(MapDefinition definition)
    {
        lock (_gate)
        {
            var map = new WorkerMap(definition, _session);
            if (!_maps.TryAdd(definition.Number, map))
            {
                throw new ProtocolException("A map begins a second time.");
            }

            if (_isRefusing)
            {
                map.Refuse();
            }

            _watch.Start();
        }
    }

    private void OnBatch(MapBatch batch)
    {
        lock (_gate)
        {
            if (!_maps.TryGetValue(batch.Body.Map, out var map))
            {
                // It has met the end of its map on the way.
                ((IMapLink)_session).DropBatch(batch.Frame);
            }
            else if (!map.Add(batch) && _isServing)
            {
                Recruit(map);
            }
        }
    }

    private void OnTaken(MapNumbers taken)
    {
        MapRunner[] runners;
        lock (_gate)
        {
            runners = [.. _maps.Values.SelectMany(map => map.Runners)];
        }

        foreach (var runner in runners)
        {
            runner.Source.Take(taken);
        }
    }

    private void OnEnd(Frame frame)
    {
        if (frame.Body.Length != sizeof(int))
        {
            throw new ProtocolException("The end of a map has the wrong size.");
        }

        WorkerMap? map;
        MapRunner[] runners = [];
        lock (_gate)
        {
            if (_maps.Remove(BinaryPrimitives.ReadInt32LittleEndian(frame.Body), out map))
            {
                map.End();
                runners = [.. map.Runners];
                if (runners.Length > 0)
                {
                    _ended.Add(map);
                }

                StopWatchIfIdle();
            }
        }

        foreach (var runner in runners)
        {
            runner.Stop(map);
        }
    }

    private void StopWatchIfIdle()
    {
        if (_maps.Count == 0 && _ended.Count == 0)
        {
            _watch.Stop();
        }
    }
}
