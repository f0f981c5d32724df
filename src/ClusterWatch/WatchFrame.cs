using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cluster.Watch;

/// <summary>A view as it is drawn for one size of the terminal. For one thread.</summary>
/// <param name="view">The view.</param>
/// <param name="size">The terminal's size.</param>
/// <param name="isUnicode">Whether the terminal shows more than ASCII.</param>
internal sealed class WatchFrame(WatchView view, FrameSize size, bool isUnicode)
{
    private const string KeyLine = "Up/Down select  r restart  +/- resize  q quit  ? keys";
    private const string Marker = ">";

    private static readonly string[] KeyHelp =
    [
        "Up, Down, j, k   select a worker",
        "r                restart the selected worker",
        "+, -             one worker more, one worker less",
        "?                show or hide these lines",
        "q, Esc           leave the view; what was started goes on",
    ];

    private readonly string _ellipsis = isUnicode ? "…" : "...";
    private readonly WatchSnapshot _snapshot = view.Snapshot;

    /// <summary>Draws it.</summary>
    /// <returns>Its lines.</returns>
    public IRenderable Draw()
    {
        var selected = Math.Max(0, _snapshot.Rows.ToList().FindIndex(row => row.Id == view.SelectedId));
        var layout = FrameLayout.Share(size.Height, _snapshot.Rows.Count, selected, view.ShowsKeys ? KeyHelp.Length : _snapshot.Events.Count);
        List<IRenderable> lines = [Headline(), Line(WatchHeadline.Of(_snapshot, size.Width).Traffic)];
        AddSpace(lines, layout.IsSpaced ? 1 : 0);
        lines.Add(Table([.. _snapshot.Rows.Skip(layout.FirstRow).Take(layout.Rows)]));
        if (layout.HasMore)
        {
            lines.Add(Line(string.Create(CultureInfo.CurrentCulture, $"{_ellipsis} {_snapshot.Rows.Count - layout.Rows} more"), FrameStyle.Quiet));
        }

        AddSpace(lines, layout.IsSpaced ? 1 : 0);
        lines.AddRange(view.ShowsKeys
            ? KeyHelp.Take(layout.Below).Select(line => Line(line))
            : _snapshot.Events.TakeLast(layout.Below).Select(happened => Line(WatchEventText.Of(happened).ToString(), FrameStyle.Of(happened.Name))));
        AddSpace(lines, layout.Filler);
        lines.Add(Status());
        return new Rows(lines);
    }

    private void AddSpace(List<IRenderable> lines, int count) => lines.AddRange(Enumerable.Repeat(Line(" "), count));

    private IRenderable Headline()
    {
        var headline = WatchHeadline.Of(_snapshot, size.Width);
        return headline.FirstLine.Length > size.Width
            ? Line(headline.FirstLine)
            : new Paragraph()
                .Append(headline.Time + "  ", FrameStyle.Quiet)
                .Append(headline.Name, FrameStyle.Strong)
                .Append(": ")
                .Append(headline.State, FrameStyle.Of(_snapshot.State))
                .Append(headline.Workers);
    }

    private Table Table(IReadOnlyList<WatchRow> rows)
    {
        // The widths of all workers, also of those that are not shown: they do not change while one goes through the list.
        var columns = WatchColumn.Fit(_snapshot.Rows, size.Width - Marker.Length - 1 - WatchColumn.Gap - Sparkline.MinWidth);
        var barsWidth = size.Width - Marker.Length - 1 - columns.Sum(item => item.Width + WatchColumn.Gap);
        var table = new Table { Border = TableBorder.None };
        table.AddColumn(Column(string.Empty, Marker.Length, gap: 1));
        foreach (var (column, width) in columns)
        {
            table.AddColumn(Column(column.Header, width, WatchColumn.Gap, column.IsNumber));
        }

        table.AddColumn(Column("Rate", barsWidth, gap: 0));
        foreach (var row in rows)
        {
            var style = row.Id == view.SelectedId ? FrameStyle.Strong : Style.Plain;
            table.AddRow([
                new Text(row.Id == view.SelectedId ? Marker : " ", style),
                .. columns.Select(item => new Text(item.Column.Text(row), item.Column == WatchColumn.State ? style.Combine(FrameStyle.Of(row.State)) : style)),
                new Text(Sparkline.Draw(row.History, Math.Min(barsWidth, WatchSampler.HistoryLength), isUnicode), FrameStyle.Bars)]);
        }

        return table;
    }

    private static TableColumn Column(string header, int width, int gap, bool isNumber = false) => new(new Text(header, FrameStyle.Quiet))
    {
        Width = width,
        NoWrap = true,
        Alignment = isNumber ? Justify.Right : Justify.Left,
        Padding = new Padding(0, 0, gap, 0),
    };

    private Text Status() => view.Status switch
    {
        null => Line(KeyLine, FrameStyle.Quiet),
        { Kind: WatchStatusKind.Error } error => Line(error.Text, FrameStyle.Bad),
        { Kind: WatchStatusKind.Question } question => Line(question.Text, FrameStyle.Changing),
        var status => Line(status.Text, FrameStyle.Strong),
    };

    private Text Line(string text, Style? style = null) =>
        new(WatchText.Clip(WatchText.Line(text), size.Width, _ellipsis), style ?? Style.Plain) { Overflow = Overflow.Crop };
}
