using System.Buffers.Binary;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.Map;

/// <summary>
/// A worker as maps see it: tells it what to run, hears of results, and has it killed when an item does not stop. Thread-safe.
/// </summary>
internal sealed class MapLink
{
    private readonly WorkerInstance _worker;
    private readonly MapTable _table;
    private readonly HashSet<int> _begun = [];
    private int _unanswered;
    private volatile bool _isClosing;

    /// <summary>Registers what the worker may say of maps.</summary>
    /// <param name="worker">The worker, which is not started yet.</param>
    /// <param name="table">The maps of its master.</param>
    public MapLink(WorkerInstance worker, MapTable table)
    {
        _worker = worker;
        _table = table;
        var frames = worker.Connection.Frames;
        frames.Add(ControlKind.MapResults, FrameTable.AnySize, OnResults);
        frames.Add(ControlKind.MapReturn, MapNumbers.Size, OnReturn);
        frames.Add(ControlKind.MapDone, FrameTable.AnySize, frame => worker.Connection.Replies.Give(CorrelationOf(frame), frame));
        frames.Add(ControlKind.MapStuck, 0, _ => OnStuck());
    }

    /// <summary>The worker.</summary>
    public WorkerInstance Worker => _worker;

    /// <summary>The way to it.</summary>
    public WorkerConnection Connection => _worker.Connection;

    /// <summary>Whether it takes batches.</summary>
    public bool IsAccepting => !_isClosing && Connection.IsAccepting && Connection.Connected.IsCompletedSuccessfully;

    /// <summary>Whether it has batches of any map.</summary>
    public bool IsBusy => Volatile.Read(ref _unanswered) > 0;

    /// <summary>Tells the worker, once, what a map runs.</summary>
    /// <param name="map">The number of the map.</param>
    /// <param name="definition">The payload.</param>
    public void Begin(int map, byte[] definition)
    {
        lock (_begun)
        {
            if (_begun.Add(map))
            {
                Connection.SendControl(ControlKind.MapBegin, definition);
            }
        }
    }

    /// <summary>Whether the worker was told what a map runs.</summary>
    /// <param name="map">The number of the map.</param>
    public bool HasBegun(int map)
    {
        lock (_begun)
        {
            return _begun.Contains(map);
        }
    }

    /// <summary>Tells the worker that a map is over, if it knows of it.</summary>
    /// <param name="map">The number of the map.</param>
    /// <returns>Whether it did.</returns>
    public bool End(int map)
    {
        lock (_begun)
        {
            if (!_begun.Remove(map))
            {
                return false;
            }

            Span<byte> payload = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(payload, map);
            Connection.SendControl(ControlKind.MapEnd, payload);
            return true;
        }
    }

    /// <summary>Results have been dealt with: the worker may send more of that batch.</summary>
    /// <param name="correlation">The batch.</param>
    /// <param name="bytes">The size of the results.</param>
    public void SendTaken(long correlation, int bytes) =>
        Connection.SendControl(ControlKind.MapTaken, new MapNumbers(correlation, bytes).Write());

    /// <summary>A batch was sent.</summary>
    public void AddUnanswered() => Interlocked.Increment(ref _unanswered);

    /// <summary>A batch is over, or nobody waits for it any more.</summary>
    public void RemoveUnanswered()
    {
        Interlocked.Decrement(ref _unanswered);
        KillIfStuck();
    }

    private static long CorrelationOf(in Frame frame) => frame.Body.Length < sizeof(long)
        ? throw new ProtocolException("A frame of a map is too short.")
        : BinaryPrimitives.ReadInt64LittleEndian(frame.Body);

    private MapBatch? BatchOf(long correlation) => Connection.Replies.SubjectOf(correlation) as MapBatch;

    private void OnResults(Frame frame)
    {
        var correlation = CorrelationOf(frame);
        if (BatchOf(correlation) is { } batch)
        {
            batch.Run.OnResults(batch, frame.Body);
        }
        else if (correlation < 0 && correlation >= -int.MaxValue && _table.Find((int)-correlation) is { } run)
        {
            // The end block of a worker that leaves in the middle of a map: it has no batch any more.
            run.OnResults(new MapBatch(run, []) { Link = this }, frame.Body);
        }
    }

    private void OnReturn(Frame frame)
    {
        var numbers = MapNumbers.Read(frame.Body);
        if (BatchOf(numbers.Correlation) is { } batch)
        {
            batch.Run.OnReturned(batch, numbers.Number);
        }
    }

    /// <summary>Others may still run beside the item that does not stop; the worker begins no more.</summary>
    private void OnStuck()
    {
        _isClosing = true;
        KillIfStuck();
    }

    private void KillIfStuck()
    {
        if (_isClosing && !IsBusy)
        {
            _worker.KillUnresponsive("An item of a map did not stop when it was told to.");
        }
    }
}
