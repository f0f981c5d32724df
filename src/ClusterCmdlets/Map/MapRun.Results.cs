using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Serialization;

namespace Cluster.Map;

/// <content>What becomes of items. Called on the threads that read the workers' pipes.</content>
internal sealed partial class MapRun
{
    /// <summary>Batches in a row whose worker may die before it has begun with them: something kills all of them as they get ready.</summary>
    private const int MaxDeathsBeforeItems = 20;

    private readonly HashSet<MapLink> _lostStreams = [];
    private int _deathsBeforeItems;

    /// <summary>A worker has sent results.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="payload">The payload of the frame.</param>
    /// <exception cref="Transport.ProtocolException">It is malformed.</exception>
    public void OnResults(MapBatch batch, byte[] payload)
    {
        lock (_gate)
        {
            if (_isOver || batch.IsOver)
            {
                return;
            }

            var results = new ReadOnlyMemory<byte>(payload)[MapEntry.HeadSize..];
            var ended = 0;
            var time = TimeSpan.Zero;
            for (var rest = results; !rest.IsEmpty;)
            {
                var entry = MapEntry.Take(ref rest, batch.Count);
                if (entry.Kind == MapEntryKind.Done)
                {
                    Finish(batch.Items[entry.Position]);
                    time += entry.Duration;
                    ended++;
                }

                batch.OpenPosition = entry.Kind == MapEntryKind.Done || (entry.Position >= 0 && batch.Items[entry.Position].IsDone) ? MapEntry.NoItem : entry.Position;
            }

            if (ended > 0)
            {
                _slow.Remove(batch.Link!);
                _deathsBeforeItems = 0;
                _sizer.Note(ended, time);
            }

            Arrive(new MapArrival(MapArrivalKind.Results, batch, results));
        }

        _changed.Pulse();
    }

    /// <summary>A worker gives items back that it has not begun.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="position">The first of them.</param>
    public void OnReturned(MapBatch batch, int position)
    {
        lock (_gate)
        {
            if (_isOver || batch.IsOver)
            {
                return;
            }

            if (batch.Link is { } slow)
            {
                _slow.Add(slow);
            }

            TakeBack(batch, position);
            batch.Count = Math.Min(batch.Count, position);
            Pump();
        }

        _changed.Pulse();
    }

    /// <summary>A worker of the master is gone.</summary>
    /// <param name="link">The worker.</param>
    public void OnWorkerGone(MapLink link)
    {
        lock (_gate)
        {
            _slow.Remove(link);
            if (link.HasBegun(Number))
            {
                NoteStreamLost(link);
            }

            if (_table.Links.Count == 0 && _pending.Count + _unanswered.Count > 0)
            {
                FailWithoutWorkers(link.Worker.Status.Failure);
            }

            Pump();
        }

        _changed.Pulse();
    }

    /// <summary>
    /// What a block with <c>end</c> has gathered in a worker is lost with it, unless it was told to leave: then it runs <c>end</c>. Said with the end
    /// of the batch that shows it, before the map can be taken for finished.
    /// </summary>
    private void NoteStreamLost(MapLink link)
    {
        var isLeaving = link.Worker.State == WorkerState.Draining || link.Worker.Status.Exit is { Voluntary: true };
        if (_options.HasNamedBlocks && !_isOver && !isLeaving && _lostStreams.Add(link))
        {
            Arrive(new MapArrival(MapArrivalKind.Failed, Error: MapErrors.StreamLost(link.Connection)));
        }
    }

    private void FailWithoutWorkers(ClusterException? failure) => _failure ??= failure ?? new ClusterException(
        ClusterErrorId.WorkersGone,
        ErrorCategory.ResourceUnavailable,
        $"The last worker of {_name} has ended, and none is started in its place; {_accepted - _done} items are left.",
        _subject);

    private void OnCompleted(MapBatch batch)
    {
        lock (_gate)
        {
            if (batch.Link is null || batch.IsOver || _isOver)
            {
                return;
            }

            Conclude(batch);
            Pump();
        }

        _changed.Pulse();
    }

    /// <summary>Nothing more comes of a batch.</summary>
    private void Conclude(MapBatch batch)
    {
        batch.IsOver = true;
        _unanswered.Remove(batch);
        var link = batch.Link!;
        if (_batchesOf[link] == 1)
        {
            _batchesOf.Remove(link);
        }
        else
        {
            _batchesOf[link]--;
        }

        if (batch.Reply!.Outcome != ReplyOutcome.Answered && (batch.Items.Length == 0 || batch.Reply.Outcome != ReplyOutcome.Returned))
        {
            NoteStreamLost(link);
        }

        switch (batch.Reply.Outcome)
        {
            case ReplyOutcome.Answered when batch.Reply.Frame.Body.Length > sizeof(long):
                _failure ??= NotStarted(link, batch.Reply.Frame.Body);
                break;
            case ReplyOutcome.Returned when link.Worker.Status.Exit is { Voluntary: false, Reason: not WorkerExitReason.MachineLost } && ++_deathsBeforeItems > MaxDeathsBeforeItems:
                _failure ??= NotBegun(link);
                break;
            case ReplyOutcome.Answered or ReplyOutcome.Returned:
                link.Connection.CountItems(batch.Items.Take(batch.Count).Count(item => item.IsDone));
                TakeBack(batch, 0);
                break;
            default:
                OnDied(batch);
                break;
        }

        link.RemoveUnanswered();
    }

    /// <summary>Items that were not begun, or are free of blame, wait for another worker.</summary>
    private void TakeBack(MapBatch batch, int first)
    {
        for (var i = first; i < batch.Count; i++)
        {
            if (!batch.Items[i].IsDone)
            {
                TryAgain(batch.Items[i]);
            }
        }
    }

    private void TryAgain(MapItem item)
    {
        if (_isHalted)
        {
            Finish(item);
        }
        else
        {
            _pending.AddAgain(item);
        }
    }

    /// <summary>
    /// The worker has died with a batch that it had begun. One item was being run: it is known when only one is left, or when it has
    /// written something. Otherwise each is tried alone, which is no try that counts.
    /// </summary>
    private void OnDied(MapBatch batch)
    {
        var left = batch.Items.Take(batch.Count).Where(item => !item.IsDone).ToArray();
        if (batch.Link!.Worker.Status.Exit is { Reason: WorkerExitReason.MachineLost })
        {
            // No item is to blame for that. What one has written there is not shown.
            foreach (var item in left)
            {
                TryAgain(item);
                Arrive(new MapArrival(MapArrivalKind.Restarted, Item: item));
            }

            return;
        }

        var culprit = batch.OpenPosition >= 0 ? batch.Items[batch.OpenPosition] : left is [var only] ? only : null;
        foreach (var item in left)
        {
            if (item == culprit)
            {
                Blame(item, batch.Link!);
            }
            else
            {
                item.IsSuspect |= culprit is null;
                TryAgain(item);
            }
        }
    }

    private void Blame(MapItem item, MapLink link)
    {
        if (item.Attempt <= _options.RetryCount && !_isHalted)
        {
            item.Attempt++;
            item.IsSuspect = true;
            _pending.AddAgain(item);
            Arrive(new MapArrival(MapArrivalKind.Restarted, Item: item));
            return;
        }

        Finish(item);
        Arrive(new MapArrival(MapArrivalKind.Failed, Item: item, Error: MapErrors.Lost(item, link.Connection)));
    }

    private static ClusterException NotBegun(MapLink link) => new(
        ClusterErrorId.MapNotStarted,
        ErrorCategory.ResourceUnavailable,
        $"The workers die before they begin with an item; the last one, worker {link.Connection.Id}, {link.Connection.Condition}. See the initialization script and the modules.");

    private static ClusterException NotStarted(MapLink link, byte[] payload)
    {
        ErrorRecord? error;
        try
        {
            error = StreamRecordCodec.Read(payload.AsSpan(sizeof(long)), BodyLimits.Default) as ErrorRecord;
        }
        catch (BodyMalformedException)
        {
            error = null;
        }

        return new ClusterException(
            ClusterErrorId.MapNotStarted,
            error?.CategoryInfo.Category ?? ErrorCategory.NotSpecified,
            $"Worker {link.Connection.Id} cannot run the items: {error?.ToString() ?? "its error is not readable."}",
            error?.TargetObject,
            error?.Exception)
        {
            WorkerError = error,
        };
    }
}
