using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>How busy a receiver is at one moment.</summary>
/// <param name="Window">What of its queue is used.</param>
/// <param name="Unanswered">Requests that it has not answered.</param>
/// <param name="IsUnproven">Whether it takes the place of another and has not shown yet that it can.</param>
internal readonly record struct PeerLoad(WindowUse Window, int Unanswered, bool IsUnproven)
{
    /// <summary>
    /// The larger of two shares: unread messages and unanswered requests of the messages that its queue holds, and unread bytes
    /// of the bytes. It may be over 1.
    /// </summary>
    public double Share => Math.Max(
        (Window.Messages + Unanswered) / (double)Window.Limits.QueueMessages, Window.Bytes / (double)Window.Limits.QueueBytes);

    /// <summary>Whether it takes a message now.</summary>
    /// <param name="size">The size of its body.</param>
    /// <returns>True if it does.</returns>
    public bool Takes(int size) => Window.IsAccepting && Window.HasRoom(size);
}
