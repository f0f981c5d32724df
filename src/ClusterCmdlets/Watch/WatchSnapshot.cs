using Cluster.Contracts;
using Cluster.Metrics;

namespace Cluster.Watch;

/// <summary>Everything that one refresh shows of a master. Immutable.</summary>
internal sealed record WatchSnapshot
{
    /// <summary>When it was taken, local time.</summary>
    public required DateTime Time { get; init; }

    /// <summary>The master's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required ClusterMasterState State { get; init; }

    /// <summary>Workers that take work.</summary>
    public required int Ready { get; init; }

    /// <summary>Workers that it was asked to run.</summary>
    public required int Wanted { get; init; }

    /// <summary>What has arrived from the workers and was not read.</summary>
    public required int Unread { get; init; }

    /// <summary>Workers that were started in the place of one that had failed.</summary>
    public required long Restarts { get; init; }

    /// <summary>How long its requests took.</summary>
    public required DurationSummary Requests { get; init; }

    /// <summary>Messages to all workers, by second; null until two samples are there.</summary>
    public double? SentRate { get; init; }

    /// <summary>What has arrived from all workers, by second; null until two samples are there.</summary>
    public double? ReceivedRate { get; init; }

    /// <summary>The workers by slot.</summary>
    public required IReadOnlyList<WatchRow> Rows { get; init; }

    /// <summary>The last events, the latest last.</summary>
    public required IReadOnlyList<WatchEvent> Events { get; init; }
}
