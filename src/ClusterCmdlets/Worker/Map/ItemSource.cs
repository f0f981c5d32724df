using System.Buffers;
using System.Buffers.Binary;
using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Serialization;

namespace Cluster.Worker.Map;

/// <summary>
/// The items of a runner, as its pipeline enumerates them: asking for the next one ends the one before. Knows which item of which
/// batch runs and since when, so that others can cut off what is behind it, or give the item up. They share its lock.
/// </summary>
/// <param name="link">The way to the master.</param>
/// <param name="results">What the items write.</param>
/// <param name="gate">The lock.</param>
internal sealed partial class ItemSource(IMapLink link, ResultBuffer results, object gate) : IEnumerable, IEnumerator
{
    private WorkerMap _map = null!;
    private Func<MapBatch?> _next = () => null;
    private MapBatch? _batch;
    private object? _current;
    private int _position;
    private int _limit;
    private bool _isRunning;
    private bool _isAbandoned;
    private bool _hasBegun;
    private long _since;
    private long _waitedBefore;
    private long _abandonedAt;

    /// <inheritdoc/>
    public object? Current => _current;

    /// <summary>Whether a batch is not answered yet.</summary>
    public bool HasBatch => _batch is not null;

    /// <summary>Serves a map from now on.</summary>
    /// <param name="map">The map.</param>
    /// <param name="next">Waits for the next batch; null when no more is to be begun.</param>
    public void Serve(WorkerMap map, Func<MapBatch?> next)
    {
        lock (gate)
        {
            _map = map;
            _next = next;
            Clear();
        }
    }

    /// <summary>Begins a batch. Not under the lock.</summary>
    /// <param name="batch">The batch.</param>
    public void Begin(MapBatch batch)
    {
        if (!batch.IsEnd)
        {
            // Its map has returned the credit of an end.
            link.BeginBatch(batch.Frame);
        }

        lock (gate)
        {
            if (!_isAbandoned)
            {
                _batch = batch;
                _position = -1;
                _limit = batch.Items.Length;
                _since = Stopwatch.GetTimestamp();
                results.Open(batch.Correlation, _map.Definition.ResultWindow);
            }
        }

        if (_map.IsRefusing)
        {
            CutRest();
        }
    }

    /// <summary>A pipeline is about to enumerate.</summary>
    public void BeginPipeline() => _hasBegun = false;

    /// <inheritdoc/>
    public IEnumerator GetEnumerator() => this;

    /// <inheritdoc/>
    public bool MoveNext()
    {
        var now = Stopwatch.GetTimestamp();
        while (true)
        {
            MapItemBody? item = null;
            lock (gate)
            {
                if (_isRunning)
                {
                    EndItem(MapItemOutcome.Completed, now);
                }

                if (_isAbandoned || _batch is { IsEnd: true })
                {
                    return false;
                }

                item = StartItem(now);
            }

            if (item is { } body)
            {
                try
                {
                    _current = BodyReader.Read(body.Bytes.Span, body.IsRaw ? BodyEncoding.Raw : BodyEncoding.Json, MapStyle.PSObject, BodyLimits.Default);
                    return true;
                }
                catch (BodyMalformedException exception)
                {
                    Fail(new ErrorRecord(exception, ClusterErrorId.BodyMalformed, ErrorCategory.InvalidData, null));
                }
            }
            else if (_next() is { } batch)
            {
                Begin(batch);
            }
            else
            {
                lock (gate)
                {
                    if (!_isAbandoned)
                    {
                        // The worker leaves. What an end block writes now belongs to no batch: it is sent by the number of the map.
                        results.Open(-_map.Definition.Number, int.MaxValue);
                    }
                }

                return false;
            }

            now = Stopwatch.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public void Reset() => throw new NotSupportedException();

    /// <summary>
    /// The pipeline has ended before its input: by an error, or by a <c>break</c> or an <c>exit</c>, each of which ends the item that it is in. If that
    /// was in a <c>begin</c> block, the first item stands for it, so that a block that never comes to its items cannot go on for ever.
    /// </summary>
    /// <param name="outcome">How the item has ended.</param>
    /// <param name="error">The error, encoded, or null.</param>
    public void EndPipeline(MapItemOutcome outcome, ReadOnlySpan<byte> error)
    {
        var now = Stopwatch.GetTimestamp();
        lock (gate)
        {
            if (!_isRunning && !_hasBegun && !_isAbandoned && _batch is { IsEnd: false })
            {
                StartItem(now);
            }

            if (error.Length > 0)
            {
                results.Append(MapEntryKind.Record, error);
            }

            if (_isRunning)
            {
                EndItem(outcome, now);
            }

            if (!_isAbandoned && _batch is { IsEnd: true })
            {
                // It is answered by the map, when all who ran its items have come so far.
                results.Flush();
                results.Close();
                _batch = null;
            }
            else if (!_isAbandoned && _batch is null)
            {
                results.FlushNow();
                results.Close();
            }
            else if (!_isAbandoned && _position + 1 >= _limit)
            {
                EndBatch(mayWait: true);
            }

            if (_isAbandoned)
            {
                Clear();
            }
        }
    }

    private MapItemBody? StartItem(long now)
    {
        if (_batch is null)
        {
            return null;
        }

        if (_position + 1 >= _limit)
        {
            EndBatch(mayWait: true);
            return null;
        }

        _hasBegun = true;
        _isRunning = true;
        _since = now;
        _waitedBefore = results.WaitedTicks;
        results.Position = ++_position;
        return _batch.Items[_position];
    }

    private void EndItem(MapItemOutcome outcome, long now)
    {
        _isRunning = false;
        results.AppendDone(outcome, TicksToTime(now - _since));
        if (outcome != MapItemOutcome.TimedOut && results.IsDue(now))
        {
            results.Flush();
        }
    }

    private void EndBatch(bool mayWait)
    {
        if (mayWait)
        {
            results.Flush();
        }

        results.FlushNow();
        if (!_isAbandoned)
        {
            Span<byte> payload = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(payload, _batch!.Correlation);
            link.SendControl(ControlKind.MapDone, payload);
            results.Close();
            _batch = null;
        }
    }

    private void Fail(ErrorRecord error)
    {
        var output = new ArrayBufferWriter<byte>();
        StreamRecordCodec.Write(error, output, BodyLimits.Default);
        lock (gate)
        {
            results.Append(MapEntryKind.Record, output.WrittenSpan);
            if (_isRunning)
            {
                EndItem(MapItemOutcome.Failed, Stopwatch.GetTimestamp());
            }
        }
    }
}
