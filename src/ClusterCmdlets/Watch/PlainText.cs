using System.Text;

namespace Cluster.Watch;

/// <summary>What is shown of a master, as lines of text for those who do not look at a terminal. Thread-safe.</summary>
internal static class PlainText
{
    private const int MaxEvents = 5;

    /// <summary>Writes it.</summary>
    /// <param name="snapshot">What is shown.</param>
    /// <param name="width">How long a line may be.</param>
    /// <returns>The lines; the last ends with a line break, so that one text is set off from the next.</returns>
    public static string Of(WatchSnapshot snapshot, int width)
    {
        var headline = WatchHeadline.Of(snapshot, width);
        var text = new StringBuilder().AppendLine(WatchText.Clip(headline.FirstLine, width)).AppendLine(headline.Traffic);
        var columns = WatchColumn.Fit(snapshot.Rows, width);
        text.AppendLine(Line(columns, column => column.Header));
        foreach (var row in snapshot.Rows)
        {
            text.AppendLine(Line(columns, column => column.Text(row)));
        }

        foreach (var happened in snapshot.Events.TakeLast(MaxEvents))
        {
            text.AppendLine(WatchText.Clip(WatchEventText.Of(happened).ToString(), width));
        }

        return text.ToString();
    }

    private static string Line(IReadOnlyList<(WatchColumn Column, int Width)> columns, Func<WatchColumn, string> text) =>
        string.Join(new string(' ', WatchColumn.Gap), columns.Select(item => Cell(text(item.Column), item))).TrimEnd();

    private static string Cell(string text, (WatchColumn Column, int Width) item) =>
        item.Column.IsNumber ? text.PadLeft(item.Width) : text.PadRight(item.Width);
}
