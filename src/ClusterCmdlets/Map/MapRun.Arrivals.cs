using Cluster.Contracts;
using Cluster.Messaging;

namespace Cluster.Map;

/// <content>What has arrived, for the one thread that reads it.</content>
internal sealed partial class MapRun
{
    /// <summary>Results that were not taken, or wait for their turn, in bytes, before no more items are sent.</summary>
    private const long MaxUnreadBytes = 32 * 1024 * 1024;

    private readonly Queue<MapArrival> _arrivals = new();
    private readonly ChangeSignal _changed = new();
    private volatile int _arrived;
    private long _unread;
    private long _kept;
    private bool _isHeldUp;

    /// <summary>Whether so much waits to be read, or for its turn, that only the first item that is not written may be sent.</summary>
    private bool IsFull => _unread + _kept >= MaxUnreadBytes && !_pending.IsNext(_written);

    /// <summary>Takes what has arrived first.</summary>
    /// <param name="arrival">What it is.</param>
    /// <returns>False if there is nothing.</returns>
    public bool TryTake(out MapArrival arrival)
    {
        lock (_gate)
        {
            if (!_arrivals.TryDequeue(out arrival))
            {
                return false;
            }

            _arrived = _arrivals.Count;
            _unread -= arrival.Results.Length;
            Resume();
            return true;
        }
    }

    /// <summary>How much the reader keeps of what it has taken.</summary>
    /// <param name="bytes">The bytes.</param>
    public void NoteKept(long bytes)
    {
        lock (_gate)
        {
            _kept = bytes;
            Resume();
        }
    }

    /// <summary>Whether an item is the next one that a worker will get.</summary>
    /// <param name="index">Its place in the input.</param>
    /// <returns>False if a worker has it, or it is done.</returns>
    public bool IsNext(long index)
    {
        lock (_gate)
        {
            return _pending.IsNext(index);
        }
    }

    /// <summary>The results of items have been written, those of all before them too.</summary>
    /// <param name="count">How many, from the beginning.</param>
    public void NoteWritten(long count)
    {
        lock (_gate)
        {
            _written = count;
            Resume();
        }

        // An input that waits for space does so for this, too.
        _changed.Pulse();
    }

    /// <summary>Waits for a change.</summary>
    /// <param name="seen">The version that the caller has looked at.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False at the deadline.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool Wait(long seen, Deadline deadline, CancellationToken cancellation)
    {
        var links = _table.Links;
        var peers = new List<IPeer>(links.Count);
        foreach (var link in links)
        {
            if (link.Connection.Connected.IsCompletedSuccessfully)
            {
                peers.Add(link.Connection);
            }
        }

        return peers.Count == links.Count && peers.Count > 0
            ? _changed.Wait(seen, peers, deadline, cancellation)
            : _changed.Wait(seen, deadline, cancellation);
    }

    private void Resume()
    {
        if (_isHeldUp && !IsFull)
        {
            _isHeldUp = false;
            Pump();
        }
    }

    private void Arrive(in MapArrival arrival)
    {
        _arrivals.Enqueue(arrival);
        _unread += arrival.Results.Length;
        _arrived = _arrivals.Count;
    }
}
