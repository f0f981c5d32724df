using System.Globalization;
using System.Text;
using Cluster.Contracts;

namespace Cluster.Watch;

/// <summary>Numbers and texts as a person reads them. Thread-safe.</summary>
internal static class WatchText
{
    /// <summary>What stands for a number that is not known.</summary>
    private const string Unknown = "-";

    /// <summary>An amount of memory, such as <c>84 MB</c>, <c>1.2 GB</c>.</summary>
    /// <param name="bytes">The bytes, or null.</param>
    /// <returns>The text.</returns>
    public static string Memory(long? bytes) => bytes is null ? Unknown : DisplayText.Size(bytes);

    /// <summary>A rate by second, such as <c>0.4</c>, <c>1,234</c>, <c>12.3k</c>, <c>1.2M</c>.</summary>
    /// <param name="rate">The rate, or null.</param>
    /// <returns>The text.</returns>
    public static string Rate(double? rate) => rate switch
    {
        null => Unknown,
        < 0.05 => "0",
        < 9.95 => Format($"{rate.Value:N1}"),
        < 9_999.5 => Format($"{rate.Value:N0}"),
        < 999_950 => Format($"{rate.Value / 1_000:N1}k"),
        _ => Format($"{rate.Value / 1_000_000:N1}M"),
    };

    /// <summary>A share of one processor, such as <c>97%</c>.</summary>
    /// <param name="share">The share, 1 for one processor; or null.</param>
    /// <returns>The text.</returns>
    public static string Share(double? share) => share is { } known ? Format($"{100 * known:N0}%") : Unknown;

    /// <summary>A time in whole seconds, such as <c>12 s</c>, <c>3m 12s</c>, <c>2h 5m</c>, <c>3d 4h</c>: what is looked at need not flicker.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The text.</returns>
    public static string Time(TimeSpan time) => DisplayText.Duration(TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds)));

    /// <summary>A text in one line: control characters, with which a terminal could be told something, are spaces.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The line.</returns>
    public static string Line(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            line.Append(char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character);
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>The start of a line, with an ellipsis if it is not all.</summary>
    /// <param name="line">The line.</param>
    /// <param name="width">How long it may be.</param>
    /// <param name="ellipsis">What ends a line that was cut.</param>
    /// <returns>The line, or its start.</returns>
    public static string Clip(string line, int width, string ellipsis = "...")
    {
        if (line.Length <= width)
        {
            return line;
        }

        var length = Math.Max(0, width - ellipsis.Length);
        length -= length > 0 && char.IsHighSurrogate(line[length - 1]) ? 1 : 0;
        return string.Concat(line.AsSpan(0, length), ellipsis.AsSpan(0, Math.Min(ellipsis.Length, Math.Max(0, width))));
    }

    /// <summary>As many parts of a line as fit, from the first.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="width">How long the line may be.</param>
    /// <param name="separator">What stands between them.</param>
    /// <returns>The line; empty if not even the first fits.</returns>
    public static string Fit(IEnumerable<string> parts, int width, string separator = ", ")
    {
        var line = string.Empty;
        foreach (var part in parts)
        {
            var longer = line.Length == 0 ? part : line + separator + part;
            if (longer.Length > width)
            {
                break;
            }

            line = longer;
        }

        return line;
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.CurrentCulture);
}
