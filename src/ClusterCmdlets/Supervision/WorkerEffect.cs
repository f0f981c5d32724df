using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>Something that is to be done because of a signal. Immutable.</summary>
/// <param name="Kind">What.</param>
/// <param name="Event">The event to raise.</param>
/// <param name="Reason">Its reason, in words.</param>
internal readonly record struct WorkerEffect(WorkerEffectKind Kind, ClusterEventName Event = default, string Reason = "")
{
    /// <summary>Raises an event.</summary>
    /// <param name="name">Which.</param>
    /// <param name="reason">Why, in words.</param>
    /// <returns>The effect.</returns>
    public static WorkerEffect Raise(ClusterEventName name, string reason) => new(WorkerEffectKind.Raise, name, reason);
}
