using Cluster.Contracts;

namespace Cluster.Messaging;

/// <summary>A request that was sent.</summary>
/// <param name="Receiver">Who is asked.</param>
/// <param name="Reply">The place of the answer.</param>
/// <param name="Deadline">Until when it is waited for.</param>
internal sealed record PendingRequest(Receiver Receiver, PendingReply Reply, Deadline Deadline);
