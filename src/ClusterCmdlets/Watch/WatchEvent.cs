using Cluster.Contracts;
using Cluster.Events;

namespace Cluster.Watch;

/// <summary>Something that has happened, as a <see cref="WatchSnapshot"/> has it. Immutable.</summary>
/// <param name="Time">When, local time.</param>
/// <param name="Name">What.</param>
/// <param name="WorkerId">The worker it happened to, or null.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record WatchEvent(DateTime Time, ClusterEventName Name, int? WorkerId, string Reason)
{
    /// <summary>The event of an entry of the log.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>The event.</returns>
    public static WatchEvent Of(EventEntry entry) => new(entry.Time.ToLocalTime(), entry.Name, entry.Worker?.Id, entry.Reason);
}
