using Cluster.Objects;
using Cluster.Transport;

namespace Cluster.Logging;

/// <summary>Something that waits to be logged: what a worker wrote, or what happened.</summary>
/// <param name="Time">When, UTC.</param>
/// <param name="Arrival">A record, an output object or a line of a worker; else null.</param>
/// <param name="Event">Something that happened; else null.</param>
/// <param name="BodyBytes">The size of the whole body; the frame may have only the beginning of it.</param>
internal readonly record struct LogEntry(DateTime Time, Arrival? Arrival, ClusterEvent? Event, int BodyBytes)
{
    /// <summary>Bodies up to this size are logged whole.</summary>
    public const int MostBodyBytes = 64 * 1024;

    /// <summary>What is logged of larger ones.</summary>
    public const int ShownBodyBytes = 8 * 1024;

    /// <summary>What it costs to keep it, in bytes, by and large.</summary>
    public int Cost => 200 + (Arrival?.Frame.Body?.Length ?? 0) + (2 * (Arrival?.Line?.Length ?? 0));

    /// <summary>An entry for an output object or a record.</summary>
    /// <param name="source">The worker.</param>
    /// <param name="frame">The frame; of a large one, only the beginning is kept.</param>
    /// <returns>The entry.</returns>
    public static LogEntry Of(IArrivalSource source, Frame frame)
    {
        var size = frame.Body.Length;
        var kept = frame.Header.IsRaw ? frame with { Body = [] }
            : size > MostBodyBytes ? frame with { Body = frame.Body[..ShownBodyBytes] }
            : frame;
        return new LogEntry(frame.Header.SentAt, new Arrival(source, kept), null, size);
    }

    /// <summary>An entry for a line.</summary>
    /// <param name="source">The worker.</param>
    /// <param name="line">The line.</param>
    /// <param name="isError">Whether it was stderr.</param>
    /// <returns>The entry.</returns>
    public static LogEntry Of(IArrivalSource source, string line, bool isError) =>
        new(DateTime.UtcNow, new Arrival(source, default, line, isError), null, 0);

    /// <summary>An entry for an event.</summary>
    /// <param name="happened">The event.</param>
    /// <returns>The entry; of lost messages only the number is logged, so their bodies are not kept.</returns>
    public static LogEntry Of(ClusterEvent happened) => new(happened.Time.ToUniversalTime(), null, happened.WithoutBodies(long.MaxValue), 0);
}
