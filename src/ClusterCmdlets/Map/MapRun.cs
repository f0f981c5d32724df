using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Map;

/// <summary>
/// One parallel map: takes items, has workers run them, and keeps each until its result is there. One lock guards all of it. Batches are
/// sent by whichever thread makes room for them: that which adds items, and those that read the workers' pipes, so that workers never
/// wait for the pipeline thread. Results are taken by one thread, the map's reader.
/// </summary>
internal sealed partial class MapRun : IDisposable
{
    /// <summary>Items that were accepted and whose results are not there, or in order not written yet.</summary>
    private const int MaxItems = 10_000;

    /// <summary>The bytes of those whose results are not there.</summary>
    private const long MaxBytes = 32 * 1024 * 1024;

    private readonly object _gate = new();
    private readonly MapTable _table;
    private readonly string _name;
    private readonly object? _subject;
    private readonly byte[] _definition;
    private readonly MapOptions _options;
    private readonly PendingItems _pending = new();
    private long _accepted;
    private long _done;
    private long _written;
    private long _bytes;
    private bool _isInputComplete;
    private bool _isOver;
    private volatile ClusterException? _failure;

    /// <summary>Begins a map without items.</summary>
    /// <param name="table">The maps and workers of the master.</param>
    /// <param name="name">The master's name.</param>
    /// <param name="subject">What errors are about that tell of the master.</param>
    /// <param name="number">The number of the map, as it is in the definition.</param>
    /// <param name="definition">The encoded <see cref="MapDefinition"/>.</param>
    /// <param name="concurrency">How many items a worker may run at once, as it is in the definition.</param>
    /// <param name="options">How it is run.</param>
    public MapRun(MapTable table, string name, object? subject, int number, byte[] definition, int concurrency, MapOptions options)
    {
        _table = table;
        _name = name;
        _subject = subject;
        _definition = definition;
        _concurrency = concurrency;
        _options = options;
        _sizer = new BatchSizer(options.BatchSize);
        Number = number;
        table.Add(this);
    }

    /// <summary>Names it among the maps of its master.</summary>
    public int Number { get; }

    /// <summary>How it is run.</summary>
    public MapOptions Options => _options;

    /// <summary>Why it cannot go on; null while it can.</summary>
    public ClusterException? Failure => _failure;

    /// <summary>Items that were accepted.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Items that are done, failed ones included.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Whether no more items will be added.</summary>
    public bool IsInputComplete => Volatile.Read(ref _isInputComplete);

    /// <summary>Whether something has arrived that was not taken.</summary>
    public bool HasArrivals => _arrived > 0;

    /// <summary>Counts the changes that a reader may wait for. It is read before looking, and given to the wait.</summary>
    public long Version => _changed.Version;

    /// <summary>Whether another item may be added now.</summary>
    public bool HasSpace
    {
        get
        {
            lock (_gate)
            {
                return _isOver || _failure is not null
                    || (_accepted - (_options.IsOrdered ? _written : _done) < Math.Max(MaxItems, 2 * _options.ThrottleLimit.GetValueOrDefault()) && (_bytes < MaxBytes || _accepted == _done));
            }
        }
    }

    /// <summary>Whether all items are done and everything was taken.</summary>
    public bool IsFinished
    {
        get
        {
            lock (_gate)
            {
                return _isOver || (_isInputComplete && _pending.Count == 0 && _unanswered.Count == 0 && _arrivals.Count == 0);
            }
        }
    }

    /// <summary>Adds an item. It may be sent at once.</summary>
    /// <param name="item">The item.</param>
    public void Add(MapItem item)
    {
        lock (_gate)
        {
            if (_isOver || _isHalted)
            {
                return;
            }

            if (_failure is not null)
            {
                return;
            }

            _accepted++;
            _bytes += item.Body.Bytes.Length;
            _pending.Add(item);
            if (_table.Links.Count == 0)
            {
                FailWithoutWorkers(null);
            }
            else if (_pending.Count >= _threshold)
            {
                Pump();
            }
        }
    }

    /// <summary>Adds an item that is not sent to any worker.</summary>
    /// <param name="item">The item.</param>
    /// <param name="error">Why it has failed; null if it is only left out.</param>
    public void AddDone(MapItem item, ErrorRecord? error)
    {
        lock (_gate)
        {
            _accepted++;
            _done++;
            item.Complete();
            Arrive(new MapArrival(error is null ? MapArrivalKind.Skipped : MapArrivalKind.Failed, Item: item, Error: error));
        }

        _changed.Pulse();
    }

    /// <summary>No more items will be added.</summary>
    public void CompleteInput()
    {
        lock (_gate)
        {
            _isInputComplete = true;
            Pump();
        }

        _changed.Pulse();
    }

    /// <summary>No more items are sent; those that workers have are waited for.</summary>
    public void Halt()
    {
        lock (_gate)
        {
            _isHalted = true;
            foreach (var dropped in _pending.Clear())
            {
                Finish(dropped);
            }
        }

        _changed.Pulse();
    }

    /// <summary>The map is over: workers stop what they still run of it. Waits for nobody.</summary>
    public void Dispose()
    {
        MapBatch[] left;
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
            left = [.. _unanswered];
            _unanswered.Clear();
            _pending.Clear();
            _arrivals.Clear();
            _arrived = 0;
        }

        _table.Remove(this);

        // Not under the lock: an answer that comes in this moment is being given by a thread that waits for it.
        foreach (var batch in left)
        {
            batch.Reply!.Forget();
            batch.Link!.RemoveUnanswered();
        }

        _changed.Pulse();
    }

    private void Finish(MapItem item)
    {
        if (!item.IsDone)
        {
            _bytes -= item.Body.Bytes.Length;
            _done++;
            item.Complete();
        }
    }
}
