namespace Cluster.Transport;

/// <summary>A data frame on its way to its reader.</summary>
/// <param name="Kind">A data kind.</param>
/// <param name="Header">Its header.</param>
/// <param name="Small">The body, if it is small; the array must not change.</param>
/// <param name="Large">The body, if it is large.</param>
internal readonly record struct SentMessage(FrameKind Kind, DataHeader Header, byte[]? Small, LargeBody? Large)
{
    /// <summary>The body.</summary>
    public ArraySegment<byte> Body => Large?.Bytes ?? new ArraySegment<byte>(Small!);
}
