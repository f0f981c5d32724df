using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>A message that waits in a <see cref="SendLane"/>.</summary>
/// <param name="Kind">A data kind.</param>
/// <param name="Header">Its header.</param>
/// <param name="Body">Its body; must not change, and may be shared with other lanes.</param>
/// <param name="Deadline">Until when it may wait for room.</param>
/// <param name="Reply">The place of its acknowledgement, or null.</param>
/// <param name="Subject">What was sent, as the user gave it.</param>
internal readonly record struct LaneMessage(
    FrameKind Kind, DataHeader Header, byte[] Body, Deadline Deadline, PendingReply? Reply = null, object? Subject = null);
