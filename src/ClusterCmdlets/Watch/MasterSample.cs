using System.Diagnostics;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Metrics;
using Cluster.Supervision;

namespace Cluster.Watch;

/// <summary>What a master and its workers have counted up to one moment. Immutable.</summary>
internal sealed record MasterSample
{
    /// <summary>The moment on the monotonic clock (<see cref="Stopwatch.GetTimestamp"/>).</summary>
    public required long Timestamp { get; init; }

    /// <summary>The moment, local time.</summary>
    public required DateTime Time { get; init; }

    /// <summary>The master's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required ClusterMasterState State { get; init; }

    /// <summary>Workers that it was asked to run.</summary>
    public required int Wanted { get; init; }

    /// <summary>What has arrived from the workers and was not read.</summary>
    public required int Unread { get; init; }

    /// <summary>Workers that were started in the place of one that had failed.</summary>
    public required long Restarts { get; init; }

    /// <summary>How long its requests took.</summary>
    public required DurationSummary Requests { get; init; }

    /// <summary>Messages to the workers, those that have ended included.</summary>
    public required long Sent { get; init; }

    /// <summary>What has arrived from the workers, those that have ended included.</summary>
    public required long Received { get; init; }

    /// <summary>The workers that have not exited, and those whose slot was given up, by slot.</summary>
    public required IReadOnlyList<WorkerSample> Workers { get; init; }

    /// <summary>Takes the sample of a master.</summary>
    /// <param name="runtime">The master.</param>
    /// <returns>The sample.</returns>
    public static MasterSample Of(MasterRuntime runtime)
    {
        // First: a sample that says "stopped" has nothing of the time before.
        var state = runtime.State;
        var traffic = runtime.Totals.Traffic();
        return new MasterSample
        {
            Timestamp = Stopwatch.GetTimestamp(),
            Time = DateTime.Now,
            Name = runtime.Name,
            State = state,
            Wanted = runtime.Options.WorkerCount,
            Unread = runtime.Inbox.Count,
            Restarts = runtime.Totals.Restarts,
            Requests = runtime.Totals.RequestTimes.Summarize(),
            Sent = traffic.Sum(slot => slot.Sent),
            Received = traffic.Sum(slot => slot.Received),
            Workers = [.. Listed(runtime.Workers.All()).OrderBy(worker => worker.SlotNumber).ThenBy(worker => worker.Id).Select(WorkerSample.Of)],
        };
    }

    /// <summary>A slot that was given up is listed until another worker takes its place.</summary>
    private static IEnumerable<WorkerInstance> Listed(IReadOnlyList<WorkerInstance> all)
    {
        var last = all.GroupBy(worker => worker.SlotNumber).ToDictionary(slot => slot.Key, slot => slot.Max(worker => worker.Id));
        return all.Where(worker => !worker.Status.IsDead || (worker.Status.State == WorkerState.Failed && last[worker.SlotNumber] == worker.Id));
    }
}
