using System.Diagnostics;
using Cluster.Contracts;

namespace Cluster.Watch;

/// <summary>
/// Makes of the samples of a master what is shown: rates between two samples, and their history. A sample that comes
/// sooner than the period shows the rates of the one before, since few messages in a short time make no rate. Not thread-safe.
/// </summary>
/// <param name="period">The time over which rates are measured.</param>
internal sealed class WatchSampler(TimeSpan period)
{
    /// <summary>The rates that are kept of each worker.</summary>
    public const int HistoryLength = 60;

    /// <summary>A timer that ends a little early still ends a period.</summary>
    private const double EarlyShare = 0.9;

    private readonly Dictionary<int, WorkerRates> _workers = [];
    private MasterSample? _last;
    private double? _sentRate;
    private double? _receivedRate;

    /// <summary>Takes the next sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="events">The last events.</param>
    /// <returns>What is to be shown.</returns>
    public WatchSnapshot Next(MasterSample sample, IReadOnlyList<WatchEvent> events)
    {
        var elapsed = _last is null ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_last.Timestamp, sample.Timestamp);
        if (_last is null || elapsed >= EarlyShare * period)
        {
            Measure(sample, elapsed);
        }

        return new WatchSnapshot
        {
            Time = sample.Time,
            Name = sample.Name,
            State = sample.State,
            Ready = sample.Workers.Count(worker => worker.State == WorkerState.Ready),
            Wanted = sample.Wanted,
            Unread = sample.Unread,
            Restarts = sample.Restarts,
            Requests = sample.Requests,
            SentRate = _sentRate,
            ReceivedRate = _receivedRate,
            Rows = [.. sample.Workers.Select(worker => Row(worker, sample.Time))],
            Events = events,
        };
    }

    private void Measure(MasterSample sample, TimeSpan elapsed)
    {
        if (_last is not null)
        {
            _sentRate = (sample.Sent - _last.Sent) / elapsed.TotalSeconds;
            _receivedRate = (sample.Received - _last.Received) / elapsed.TotalSeconds;
        }

        foreach (var gone in _workers.Keys.Except(sample.Workers.Select(worker => worker.Id)).ToArray())
        {
            _workers.Remove(gone);
        }

        foreach (var worker in sample.Workers)
        {
            if (_workers.TryGetValue(worker.Id, out var rates))
            {
                rates.Measure(worker, elapsed);
            }
            else
            {
                _workers.Add(worker.Id, new WorkerRates(worker));
            }
        }

        _last = sample;
    }

    private WatchRow Row(WorkerSample worker, DateTime now)
    {
        var rates = _workers.GetValueOrDefault(worker.Id);
        var since = now - worker.StateSince;
        return new WatchRow
        {
            Slot = worker.Slot,
            Id = worker.Id,
            ProcessId = worker.ProcessId,
            State = worker.State,
            Since = since > TimeSpan.Zero ? since : TimeSpan.Zero,
            Restarts = worker.Restarts,
            Queue = worker.Queue,
            SentRate = rates?.Sent,
            ReceivedRate = rates?.Received,
            Cpu = worker.ProcessorTime is null ? null : rates?.Cpu,
            Memory = worker.Memory,
            History = rates?.History() ?? [],
        };
    }

    /// <summary>The rates of one worker.</summary>
    private sealed class WorkerRates(WorkerSample first)
    {
        private readonly Queue<double> _history = [];
        private WorkerSample _last = first;

        public double? Sent { get; private set; }

        public double? Received { get; private set; }

        public double? Cpu { get; private set; }

        public double[] History() => [.. _history];

        public void Measure(WorkerSample sample, TimeSpan elapsed)
        {
            Sent = (sample.Sent - _last.Sent) / elapsed.TotalSeconds;
            Received = (sample.Received - _last.Received) / elapsed.TotalSeconds;
            Cpu = sample.ProcessorTime is { } now && _last.ProcessorTime is { } before ? Math.Max(0, (now - before) / elapsed) : null;
            _history.Enqueue(Sent.Value + Received.Value);
            if (_history.Count > HistoryLength)
            {
                _history.Dequeue();
            }

            _last = sample;
        }
    }
}
