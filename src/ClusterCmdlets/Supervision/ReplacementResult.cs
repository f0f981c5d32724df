using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>What became of the replacement of one worker. Immutable.</summary>
/// <param name="Old">The worker that was to be replaced.</param>
/// <param name="Fresh">The worker that has taken over; null if none has.</param>
/// <param name="Error">Why not; null also if it was not tried.</param>
internal sealed record ReplacementResult(WorkerInstance Old, WorkerInstance? Fresh, ClusterException? Error);
