namespace Cluster.Transport;

/// <summary>One frame as read from a pipe. The body is the receiver's own array.</summary>
/// <param name="Kind">What the frame is.</param>
/// <param name="Header">The header of a data frame; default for a control frame.</param>
/// <param name="Body">The payload after the header.</param>
internal readonly record struct Frame(FrameKind Kind, DataHeader Header, byte[] Body)
{
    /// <summary>Whether the kind carries user data, behind a <see cref="DataHeader"/>.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>True for data, false for control.</returns>
    public static bool IsData(FrameKind kind) => kind >= FrameKind.Message;

    /// <summary>
    /// Whether a data frame takes credit. Records are bounded by their receiver, answers by the requests that they are for.
    /// </summary>
    /// <param name="kind">A data kind.</param>
    /// <returns>True if it takes credit.</returns>
    public static bool NeedsCredit(FrameKind kind) => kind is FrameKind.Message or FrameKind.Output or FrameKind.Request or FrameKind.Batch;
}
