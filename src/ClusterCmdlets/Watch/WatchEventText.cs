using System.Globalization;

namespace Cluster.Watch;

/// <summary>An event in one line, in columns. Immutable.</summary>
/// <param name="Time">The time of day.</param>
/// <param name="Name">What happened.</param>
/// <param name="Reason">To which worker, and why.</param>
internal sealed record WatchEventText(string Time, string Name, string Reason)
{
    /// <summary>The longest names: <c>ReloadAborted</c>, <c>HandlerFailed</c>, <c>CleanupFailed</c>.</summary>
    private const int NameWidth = 13;

    /// <summary>Makes the line.</summary>
    /// <param name="happened">The event.</param>
    /// <returns>The line.</returns>
    public static WatchEventText Of(WatchEvent happened)
    {
        var worker = happened.WorkerId is { } id ? string.Create(CultureInfo.InvariantCulture, $"worker {id}: ") : string.Empty;
        return new WatchEventText(
            happened.Time.ToString("HH:mm:ss", CultureInfo.CurrentCulture), happened.Name.ToString().PadRight(NameWidth), worker + WatchText.Line(happened.Reason));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Time}  {Name}  {Reason}";
}
