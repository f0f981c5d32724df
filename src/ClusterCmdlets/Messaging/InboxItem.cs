using System.Net.Sockets;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>Something that has arrived and was not read yet. Changed by its reader alone.</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="Frame">A data frame; default for a line of a standard stream.</param>
/// <param name="Line">A line of a worker's stdout or stderr, or null.</param>
/// <param name="IsErrorLine">Whether the line came from stderr.</param>
internal sealed record InboxItem(IPeer Source, Frame Frame, string? Line = null, bool IsErrorLine = false)
{
    /// <summary>Whether it is a record of a stream rather than an object for the pipeline.</summary>
    public bool IsRecord => Line is not null || Frame.Kind == FrameKind.Record;

    /// <summary>The topic that its sender gave it, or null.</summary>
    public string? Topic => Frame.Header.Topic;

    /// <summary>
    /// Whether its sender has been told that it was read. Its reader may still give it back, when a stop comes between.
    /// </summary>
    public bool IsCredited { get; set; }

    /// <summary>Whether a handle comes with it.</summary>
    public bool HasHandle => Frame.Header.Handle != 0 && Frame.Kind is FrameKind.Message or FrameKind.Request;

    /// <summary>The handle, when its reader has taken it; kept here too while the reader may still give the message back.</summary>
    public Socket? Handle { get; set; }
}
