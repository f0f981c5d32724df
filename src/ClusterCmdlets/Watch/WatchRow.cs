using Cluster.Contracts;

namespace Cluster.Watch;

/// <summary>A worker as a <see cref="WatchSnapshot"/> has it. Immutable.</summary>
internal sealed record WatchRow
{
    /// <summary>Its place among the master's workers.</summary>
    public required int Slot { get; init; }

    /// <summary>Its id.</summary>
    public required int Id { get; init; }

    /// <summary>The process id; 0 until there is a process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required WorkerState State { get; init; }

    /// <summary>How long it has been in that state.</summary>
    public required TimeSpan Since { get; init; }

    /// <summary>How often its slot was restarted after a failure before it.</summary>
    public required int Restarts { get; init; }

    /// <summary>Messages sent to it that it has not read.</summary>
    public required int Queue { get; init; }

    /// <summary>Messages sent to it, by second; null until two samples are there.</summary>
    public double? SentRate { get; init; }

    /// <summary>What has arrived from it, by second; null until two samples are there.</summary>
    public double? ReceivedRate { get; init; }

    /// <summary>The share of one processor that its process has used: above 1 when it uses several. Null until two samples are there.</summary>
    public double? Cpu { get; init; }

    /// <summary>Memory of its process in bytes; null when there is no process.</summary>
    public long? Memory { get; init; }

    /// <summary>The last rates, sent and received together, the latest last.</summary>
    public IReadOnlyList<double> History { get; init; } = [];
}
