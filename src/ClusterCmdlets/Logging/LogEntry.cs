using Cluster.Events;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.Logging;

/// <summary>Something that waits to be logged: what a worker wrote, or what happened.</summary>
/// <param name="Time">When, UTC.</param>
/// <param name="InboxItem">A record, an output object or a line of a worker; else null.</param>
/// <param name="Event">Something that happened; else null.</param>
/// <param name="BodyBytes">The size of the whole body; the frame may have only the beginning of it.</param>
internal readonly record struct LogEntry(DateTime Time, InboxItem? InboxItem, EventEntry? Event, int BodyBytes)
{
    /// <summary>Bodies up to this size are logged whole.</summary>
    public const int MostBodyBytes = 64 * 1024;

    /// <summary>What is logged of larger ones.</summary>
    public const int ShownBodyBytes = 8 * 1024;

    /// <summary>What it costs to keep it, in bytes, by and large.</summary>
    public int Cost => 200 + (InboxItem?.Frame.Body?.Length ?? 0) + (2 * (InboxItem?.Line?.Length ?? 0));

    /// <summary>An entry for an output object or a record.</summary>
    /// <param name="source">The worker.</param>
    /// <param name="frame">The frame; of a large one, only the beginning is kept.</param>
    /// <returns>The entry.</returns>
    public static LogEntry Of(IPeer source, Frame frame)
    {
        var size = frame.Body.Length;
        var kept = frame.Header.IsRaw ? frame with { Body = [] }
            : size > MostBodyBytes ? frame with { Body = frame.Body[..ShownBodyBytes] }
            : frame;
        return new LogEntry(frame.Header.SentAt, new InboxItem(source, kept), null, size);
    }

    /// <summary>An entry for a line.</summary>
    /// <param name="source">The worker.</param>
    /// <param name="line">The line.</param>
    /// <param name="isError">Whether it was stderr.</param>
    /// <returns>The entry.</returns>
    public static LogEntry Of(IPeer source, string line, bool isError) =>
        new(DateTime.UtcNow, new InboxItem(source, default, line, isError), null, 0);

    /// <summary>An entry for an event.</summary>
    /// <param name="happened">The event.</param>
    /// <returns>The entry; of lost messages only the number is logged, so their bodies are not kept.</returns>
    public static LogEntry Of(EventEntry happened) => new(happened.Time, null, happened with { Lost = happened.Lost?.WithoutBodies() }, 0);
}
