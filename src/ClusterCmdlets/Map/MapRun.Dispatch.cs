using System.Buffers;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Map;

/// <content>Which worker gets how many items, and when.</content>
internal sealed partial class MapRun : IPeerGroup
{
    private readonly int _concurrency;
    private readonly BatchSizer _sizer;
    private readonly List<MapBatch> _unanswered = [];
    private readonly Dictionary<MapLink, int> _batchesOf = [];
    private readonly ArrayBufferWriter<byte> _buffer = new();
    /// <summary>Workers that have given items back, until they have run others: what would wait there would come back too.</summary>
    private readonly HashSet<MapLink> _slow = [];
    private List<IPeer> _candidates = [];

    /// <summary>How many items have to wait before it is worth looking for a worker again.</summary>
    private int _threshold = 1;
    private bool _isHalted;

    /// <inheritdoc/>
    string IPeerGroup.Name => _name;

    /// <inheritdoc/>
    object? IPeerGroup.Subject => _subject;

    /// <inheritdoc/>
    ChangeSignal IPeerGroup.Changed => _changed;

    /// <inheritdoc/>
    IReadOnlyList<IPeer> IPeerGroup.Peers => _candidates;

    /// <summary>How many workers have items.</summary>
    public int BusyWorkers
    {
        get
        {
            lock (_gate)
            {
                return _batchesOf.Count;
            }
        }
    }

    private int ThrottleLimit => _options.ThrottleLimit ?? Math.Max(1, _table.Links.Count);

    /// <summary>A worker may take batches now that did not before.</summary>
    public void OnWorkersChanged()
    {
        lock (_gate)
        {
            Pump();
        }
    }

    /// <summary>
    /// Tells the workers that the input has ended, so that they run their <c>end</c> blocks. When all items are done.
    /// </summary>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait for a worker that has no room.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void EndStreams(Deadline deadline, CancellationToken cancellation)
    {
        foreach (var link in _table.Links.Where(link => link.HasBegun(Number)))
        {
            var batch = new MapBatch(this, []);
            var message = Encode(batch, isEnd: true);
            var listener = new ReplyListener(_ => OnCompleted(batch), TakesBack: true);
            var result = link.Connection.Send(FrameKind.Batch, message, listener, deadline, cancellation, out var reply, batch);
            lock (_gate)
            {
                if (result == SendResult.Sent)
                {
                    NoteSent(batch, link, reply!);
                }
                else
                {
                    NoteStreamLost(link);
                }
            }

            link.Connection.Flush();
        }
    }

    /// <summary>Sends what can be sent. Never waits. Under the lock.</summary>
    private void Pump()
    {
        while (!_isOver && !_isHalted)
        {
            if (IsFull)
            {
                _isHeldUp = true;
                _threshold = int.MaxValue;
                return;
            }

            var hasIdle = FindCandidates();
            var full = _sizer.Full;
            _threshold = _candidates.Count == 0 ? int.MaxValue : hasIdle && !_sizer.IsFixed ? 1 : full;
            if (_candidates.Count == 0 || _pending.Count == 0 || (_pending.Count < _threshold && !_isInputComplete && !_pending.IsNextSuspect))
            {
                return;
            }

            var items = _pending.Take(_sizer.Next(_pending.Count, _isInputComplete, ThrottleLimit), BatchSizer.MaxBytes);
            if (!TrySend(new MapBatch(this, items)))
            {
                foreach (var item in items)
                {
                    _pending.AddAgain(item);
                }

                _threshold = int.MaxValue;
                return;
            }
        }
    }

    /// <summary>
    /// Finds the workers that may have another batch: those that can begin with it at once, or if there is none, and items are short, those
    /// for which it can wait. They are told of the map before.
    /// </summary>
    /// <returns>Whether they can begin at once.</returns>
    private bool FindCandidates()
    {
        var running = 0;
        foreach (var batches in _batchesOf.Values)
        {
            running += Math.Min(batches, _concurrency);
        }

        List<IPeer> idle = [];
        List<IPeer> busy = [];
        foreach (var link in _table.Links)
        {
            if (!link.IsAccepting)
            {
                continue;
            }

            var batches = _batchesOf.GetValueOrDefault(link);
            if (batches < _concurrency)
            {
                if (running < ThrottleLimit)
                {
                    link.Begin(Number, _definition);
                    idle.Add(link.Connection);
                }
            }
            else if (_sizer.Prefetches && batches < 2 * _concurrency && !_slow.Contains(link))
            {
                busy.Add(link.Connection);
            }
        }

        _candidates = idle.Count > 0 ? idle : busy;
        return idle.Count > 0;
    }

    private bool TrySend(MapBatch batch)
    {
        var message = Encode(batch, isEnd: false);
        var listener = new ReplyListener(_ => OnCompleted(batch), TakesBack: true);
        var now = Deadline.After(TimeSpan.Zero);
        if (Dispatcher.Send(this, FrameKind.Batch, message, listener, now, CancellationToken.None, out var peer, out var reply, batch) != SendResult.Sent)
        {
            return false;
        }

        peer!.Flush();
        var link = _table.Links.FirstOrDefault(link => link.Connection == peer);
        foreach (var item in batch.Items)
        {
            item.WorkerId = peer.Id;
            item.SentAt = DateTime.UtcNow;
        }

        NoteSent(batch, link!, reply!);
        return true;
    }

    private void NoteSent(MapBatch batch, MapLink link, PendingReply reply)
    {
        batch.Link = link;
        batch.Reply = reply;
        link.AddUnanswered();
        _unanswered.Add(batch);
        _batchesOf[link] = _batchesOf.GetValueOrDefault(link) + 1;
        if (reply.IsCompleted)
        {
            // While it was being sent, when nobody could know yet whose it is.
            Conclude(batch);
        }
    }

    private OutgoingMessage Encode(MapBatch batch, bool isEnd)
    {
        _buffer.ResetWrittenCount();
        new MapBatchBody(Number, isEnd, Array.ConvertAll(batch.Items, item => item.Body)).Write(_buffer);
        return new OutgoingMessage(new DataHeader(0, DateTime.UtcNow, IsRaw: true), _buffer.WrittenMemory);
    }
}
