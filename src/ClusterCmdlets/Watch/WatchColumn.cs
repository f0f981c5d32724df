using System.Globalization;

namespace Cluster.Watch;

/// <summary>A column of the table of workers. Immutable.</summary>
/// <param name="Header">What stands above it.</param>
/// <param name="Rank">How important it is: where there is no room for all, those with the highest number are left out.</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
/// <param name="MinWidth">Its least width, so that it seldom changes.</param>
/// <param name="Text">What stands in it.</param>
internal sealed record WatchColumn(string Header, int Rank, bool IsNumber, int MinWidth, Func<WatchRow, string> Text)
{
    /// <summary>What stands between two columns.</summary>
    public const int Gap = 2;

    /// <summary>The state, which has a colour.</summary>
    public static readonly WatchColumn State = new("State", 1, IsNumber: false, 8, row => row.State.ToString());

    private static readonly WatchColumn[] All =
    [
        new("Slot", 9, IsNumber: true, 4, row => Number(row.Slot)),
        new("Id", 0, IsNumber: true, 3, row => Number(row.Id)),
        new("PID", 7, IsNumber: true, 6, row => row.ProcessId == 0 ? "-" : Number(row.ProcessId)),
        State,
        new("Since", 8, IsNumber: true, 7, row => WatchText.Time(row.Since)),
        new("Restarts", 10, IsNumber: true, 8, row => Number(row.Restarts)),
        new("Queue", 2, IsNumber: true, 5, row => row.Queue.ToString("N0", CultureInfo.CurrentCulture)),
        new("Sent/s", 4, IsNumber: true, 6, row => WatchText.Rate(row.SentRate)),
        new("Recv/s", 3, IsNumber: true, 6, row => WatchText.Rate(row.ReceivedRate)),
        new("CPU", 5, IsNumber: true, 4, row => WatchText.Share(row.Cpu)),
        new("Memory", 6, IsNumber: true, 7, row => WatchText.Memory(row.Memory)),
    ];

    /// <summary>The columns that fit.</summary>
    /// <param name="rows">What stands in them.</param>
    /// <param name="width">How wide they may be together.</param>
    /// <returns>The columns in their order, each with its width.</returns>
    public static IReadOnlyList<(WatchColumn Column, int Width)> Fit(IReadOnlyList<WatchRow> rows, int width)
    {
        var widths = All.ToDictionary(
            column => column,
            column => rows.Select(row => column.Text(row).Length).Append(column.Header.Length).Append(column.MinWidth).Max());
        var chosen = new HashSet<WatchColumn>();
        var left = width;
        foreach (var column in All.OrderBy(column => column.Rank))
        {
            left -= widths[column] + (chosen.Count > 0 ? Gap : 0);
            if (left < 0)
            {
                break;
            }

            chosen.Add(column);
        }

        return [.. All.Where(chosen.Contains).Select(column => (column, widths[column]))];
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
