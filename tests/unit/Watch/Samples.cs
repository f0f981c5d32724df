using System.Diagnostics;
using Cluster.Contracts;
using Cluster.Metrics;
using Cluster.Watch;

namespace Cluster.UnitTests.Watch;

/// <summary>Samples and snapshots of masters that do not exist.</summary>
internal static class Samples
{
    /// <summary>The time of the first sample, local.</summary>
    public static readonly DateTime Start = new(2026, 11, 24, 10, 0, 0, DateTimeKind.Local);

    private static readonly TimeSpan None = TimeSpan.Zero;

    /// <summary>A sample of a master.</summary>
    public static MasterSample Master(double second, long sent = 0, long received = 0, params WorkerSample[] workers) => new()
    {
        Timestamp = (long)(second * Stopwatch.Frequency),
        Time = Start.AddSeconds(second),
        Name = "service",
        State = ClusterMasterState.Running,
        Wanted = workers.Length,
        Unread = 3,
        Restarts = 2,
        Requests = new DurationSummary(0, None, None, None, None, None),
        Sent = sent,
        Received = received,
        Workers = workers,
    };

    /// <summary>A sample of a worker.</summary>
    public static WorkerSample Worker(int id, long sent = 0, long received = 0, double processorSeconds = 0) => new()
    {
        Slot = id - 1,
        Id = id,
        ProcessId = 4_000 + id,
        State = WorkerState.Ready,
        StateSince = Start,
        Restarts = 0,
        Queue = 5,
        Sent = sent,
        Received = received,
        Memory = 84L << 20,
        ProcessorTime = TimeSpan.FromSeconds(processorSeconds),
    };

    /// <summary>A row of a worker.</summary>
    public static WatchRow Row(int slot, WorkerState state = WorkerState.Ready) => new()
    {
        Slot = slot,
        Id = slot + 1,
        ProcessId = 4_001 + slot,
        State = state,
        Since = TimeSpan.FromSeconds(192),
        Restarts = 0,
        Queue = 5,
        SentRate = 1_234,
        ReceivedRate = 12_345,
        Cpu = 0.97,
        Memory = 84L << 20,
        History = [0, 1, 2, 3, 4, 5, 6, 7],
    };

    /// <summary>What is shown of a master with so many workers.</summary>
    public static WatchSnapshot Snapshot(int workers, int events = 8) => new()
    {
        Time = Start,
        Name = "service",
        State = ClusterMasterState.Running,
        Ready = workers,
        Wanted = workers,
        Unread = 3,
        Restarts = 2,
        Requests = new DurationSummary(49_632, None, TimeSpan.FromMilliseconds(1.71), None, TimeSpan.FromMilliseconds(5.47), None),
        SentRate = 1_234,
        ReceivedRate = 12_345,
        Rows = [.. Enumerable.Range(0, workers).Select(slot => Row(slot))],
        Events = [.. Enumerable.Range(1, events).Select(number => new WatchEvent(Start, ClusterEventName.Exit, number, $"Crashed, SIGKILL: the {number}. of many, with a reason that is longer than any line of a small terminal can hold, and so goes on and on."))],
    };
}
