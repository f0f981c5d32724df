namespace Cluster.Transport;

/// <summary>The limits of one channel, in both directions.</summary>
/// <param name="MaxFrameBytes">The longest frame: kind, header and body.</param>
/// <param name="QueueMessages">Messages that may be on their way or unread, per direction.</param>
/// <param name="QueueBytes">Bytes of bodies that may be on their way or unread, per direction. One message
/// may exceed it when nothing else is on its way.</param>
internal sealed record ChannelLimits(int MaxFrameBytes, int QueueMessages, long QueueBytes)
{
    /// <summary>64 MiB frames, 1,000 messages, 16 MiB.</summary>
    public static ChannelLimits Default { get; } = new(DefaultMaxMessageBytes + FrameOverhead, 1000, 16L * 1024 * 1024);

    /// <summary>The default for the longest message body.</summary>
    public const int DefaultMaxMessageBytes = 64 * 1024 * 1024;

    /// <summary>The most that a frame has besides its body.</summary>
    public const int FrameOverhead = 4096;
}
