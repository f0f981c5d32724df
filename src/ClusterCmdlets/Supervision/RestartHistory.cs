using System.Collections.Immutable;

namespace Cluster.Supervision;

/// <summary>The restarts of one slot that still count. Immutable.</summary>
/// <param name="Times">When they were decided, the oldest first, on the clock of the policy's caller.</param>
/// <param name="InARow">Restarts since a worker of the slot was last stable.</param>
internal sealed record RestartHistory(ImmutableList<TimeSpan> Times, int InARow)
{
    /// <summary>Starts in a row that were killed before the worker was ready.</summary>
    public int KilledStarts { get; init; }

    /// <summary>A slot that has never been restarted.</summary>
    public static RestartHistory Empty { get; } = new([], 0);
}
