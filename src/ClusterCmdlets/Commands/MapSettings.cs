using Cluster.Contracts;
using Cluster.Map;

namespace Cluster.Commands;

/// <summary>What a call of a map wants beside how its items are run. Everything has been checked.</summary>
internal sealed record MapSettings
{
    /// <summary>What becomes of it when too many items have failed.</summary>
    public MapHalt Halt { get; init; }

    /// <summary>How many failed items are too many.</summary>
    public int HaltAfter { get; init; } = 1;

    /// <summary>When it has taken too long.</summary>
    public Deadline Deadline { get; init; } = Deadline.Never;

    /// <summary>The time that it may take.</summary>
    public TimeSpan TotalTimeout { get; init; }

    /// <summary>The log, or null.</summary>
    public JobLog? Log { get; init; }
}
