using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Map;

/// <summary>
/// Takes the results of a map and gives them to its user: decoded, in order where that is wanted, and each error with the input that it is
/// about. Results are kept only where they have to be: in order, behind the first item that is not done; with their input, until the item
/// is done; and where an item may be tried again, too. For one thread, a pipeline's.
/// </summary>
/// <param name="run">The map.</param>
/// <param name="sink">Where the results go.</param>
internal sealed partial class MapReader(MapRun run, IMapSink sink)
{
    /// <summary>What may be kept behind the first item that is not done, before workers have to wait with more.</summary>
    private const long MaxKeptBytes = 64 * 1024 * 1024;

    private readonly Dictionary<long, OpenItem> _open = [];
    private readonly List<(MapBatch Batch, int Bytes)> _untaken = [];
    private readonly bool _isOrdered = run.Options.IsOrdered;
    private readonly bool _keepsUntilDone = run.Options.IncludeInput || run.Options.RetryCount > 0 || run.Options.HoldsOutput;
    private long _next;
    private long _kept;
    private bool _hasKept;

    /// <summary>Takes what has arrived first, and writes what can be written.</summary>
    /// <returns>False if nothing has arrived.</returns>
    public bool Read()
    {
        if (!run.HasArrivals || !run.TryTake(out var arrival))
        {
            return false;
        }

        switch (arrival.Kind)
        {
            case MapArrivalKind.Results:
                ReadResults(arrival.Batch!, arrival.Results);
                break;
            case MapArrivalKind.Restarted when _open.Remove(arrival.Item!.Index, out var given):
                _kept -= given.Bytes;
                break;
            case MapArrivalKind.Failed when arrival.Item is null:
                sink.WriteRecord(arrival.Error!);
                break;
            case MapArrivalKind.Failed:
                var open = Open(arrival.Item!);
                open.LastError = arrival.Error;
                End(open, arrival.Error?.FullyQualifiedErrorId == ClusterErrorId.ItemLost ? MapItemStatus.Lost : MapItemStatus.Failed, TimeSpan.Zero);
                break;
            case MapArrivalKind.Skipped:
                Open(arrival.Item!).IsSkipped = true;
                End(Open(arrival.Item!), MapItemStatus.Succeeded, TimeSpan.Zero);
                break;
        }

        ReportKept();
        return true;
    }

    /// <summary>No more will come: writes what was kept behind items that were not run.</summary>
    public void WriteRest()
    {
        foreach (var open in _open.Values.Where(open => open.Status is not null).OrderBy(open => open.Item.Index).ToArray())
        {
            Give(open);
        }
    }

    private void ReadResults(MapBatch batch, ReadOnlyMemory<byte> results)
    {
        for (var rest = results; !rest.IsEmpty;)
        {
            var entry = MapEntry.Take(ref rest, batch.Items.Length);
            if (entry.Position == MapEntry.NoItem)
            {
                WriteWithoutItem(entry);
                continue;
            }

            var item = batch.Items[entry.Position];
            if (entry.Kind == MapEntryKind.Done)
            {
                ReadDone(item, entry);
            }
            else if (IsKept(item))
            {
                var open = Open(item);
                open.Entries.Add(entry);
                open.Bytes += entry.Body.Length;
                _kept += entry.Body.Length;
            }
            else if (Write(item, entry, gathered: null))
            {
                Open(item).HasErrors = true;
            }
        }

        if (!batch.IsOver && batch.Reply is not null)
        {
            _untaken.Add((batch, MapEntry.HeadSize + results.Length));
        }

        SendTaken(isForced: false);
    }

    /// <summary>After everything that was taken, whatever it was: the map sends no more items while much is kept.</summary>
    private void ReportKept()
    {
        if (_kept > 0 || _hasKept)
        {
            _hasKept = _kept > 0;
            run.NoteKept(_kept);
        }
    }

    /// <summary>
    /// Nothing has arrived for a while. When the first item that is not done waits for a worker, and all workers wait with their results for
    /// that item, somebody has to give way.
    /// </summary>
    public void OnQuiet()
    {
        if (_untaken.Count > 0 && run.IsNext(_next))
        {
            SendTaken(isForced: true);
        }
    }

    /// <summary>
    /// Lets workers send more. In order, when much is kept, only those that have the first item which is not done: what others
    /// send would be kept as well.
    /// </summary>
    private void SendTaken(bool isForced)
    {
        var mayHold = !isForced && _isOrdered && _kept >= MaxKeptBytes;
        for (var i = _untaken.Count - 1; i >= 0; i--)
        {
            var (batch, bytes) = _untaken[i];
            if (mayHold && !batch.IsOver && !batch.Items.Any(item => item.Index == _next))
            {
                continue;
            }

            if (!batch.IsOver)
            {
                batch.Link!.SendTaken(batch.Reply!.Correlation, bytes);
            }

            _untaken.RemoveAt(i);
        }
    }

    private bool IsKept(MapItem item) => _keepsUntilDone || (_isOrdered && item.Index != _next);

    private OpenItem Open(MapItem item)
    {
        if (!_open.TryGetValue(item.Index, out var open))
        {
            _open.Add(item.Index, open = new OpenItem(item));
        }

        return open;
    }

    private void ReadDone(MapItem item, in MapEntry entry)
    {
        var outcome = entry.Outcome;
        if (!_isOrdered && outcome == MapItemOutcome.Completed && !_open.ContainsKey(item.Index))
        {
            // The usual case.
            sink.WriteResult(new MapItemResult(item, MapItemStatus.Succeeded, entry.Duration, [], []));
            return;
        }

        var open = Open(item);
        if (outcome == MapItemOutcome.TimedOut)
        {
            open.LastError = MapErrors.TimedOut(item, run.Options.ItemTimeout.GetValueOrDefault());
        }

        End(open, outcome switch
        {
            MapItemOutcome.Failed => MapItemStatus.Failed,
            MapItemOutcome.TimedOut => MapItemStatus.TimedOut,
            _ => MapItemStatus.Succeeded,
        }, entry.Duration);
    }

    /// <summary>An item is done: it is given on, in order with those behind it that have waited for it.</summary>
    private void End(OpenItem open, MapItemStatus status, TimeSpan duration)
    {
        open.Status = status;
        open.Duration = duration;
        if (!_isOrdered)
        {
            Give(open);
            return;
        }

        var first = _next;
        while (_open.TryGetValue(_next, out var next))
        {
            if (next.Status is null)
            {
                if (!_keepsUntilDone)
                {
                    // It is the first now: what it writes is no longer kept.
                    WriteKept(next, gathered: null);
                }

                break;
            }

            _next++;
            Give(next);
        }

        if (_next != first)
        {
            run.NoteWritten(_next);
            SendTaken(isForced: false);
        }
    }

    private void Give(OpenItem open)
    {
        var item = open.Item;
        _open.Remove(item.Index);
        if (open.IsSkipped)
        {
            return;
        }

        var gathered = run.Options.IncludeInput ? new Gathered([], []) : null;
        WriteKept(open, gathered);
        if (open.LastError is { } error)
        {
            gathered?.Errors.Add(error);
            open.HasErrors = true;
            sink.WriteRecord(error);
        }

        var status = open.Status == MapItemStatus.Succeeded && open.HasErrors ? MapItemStatus.Failed : open.Status!.Value;
        sink.WriteResult(new MapItemResult(item, status, open.Duration, gathered?.Output ?? [], gathered?.Errors ?? []));
    }
}
