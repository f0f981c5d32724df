namespace Cluster.Transport;

/// <summary>How much of a receiver's queue is used by what was sent and was not read yet.</summary>
/// <param name="IsAccepting">Whether messages are taken: neither closed nor sealed.</param>
/// <param name="Messages">The messages.</param>
/// <param name="Bytes">The bytes of their bodies.</param>
/// <param name="Limits">The channel's limits.</param>
internal readonly record struct WindowUse(bool IsAccepting, int Messages, long Bytes, ChannelLimits Limits)
{
    /// <summary>Whether there is credit for a message. One of any size may go when nothing else is unread.</summary>
    /// <param name="size">The size of its body.</param>
    /// <returns>True if it may be sent.</returns>
    public bool HasRoom(int size) =>
        Messages < Limits.QueueMessages && (Bytes + size <= Limits.QueueBytes || Messages == 0);
}
