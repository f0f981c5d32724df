namespace Cluster.Watch;

/// <summary>How the lines of a screen are shared between workers and what stands below them. Immutable.</summary>
/// <param name="FirstRow">The index of the first worker that is shown.</param>
/// <param name="Rows">How many are shown.</param>
/// <param name="HasMore">Whether a line says how many are not.</param>
/// <param name="Below">Lines below the table.</param>
/// <param name="IsSpaced">Whether empty lines stand between the parts.</param>
/// <param name="Filler">Empty lines before the last line, which stays at the bottom.</param>
internal sealed record FrameLayout(int FirstRow, int Rows, bool HasMore, int Below, bool IsSpaced, int Filler)
{
    /// <summary>Two of the headline, one of the table's header, one of the status.</summary>
    private const int FixedLines = 4;

    /// <summary>From this height on there is room for empty lines.</summary>
    private const int SpaciousHeight = 16;
    private const int EmptyLines = 2;

    /// <summary>Shares the lines: the workers come first, but a third is for what stands below.</summary>
    /// <param name="height">The lines of the screen.</param>
    /// <param name="rows">The workers.</param>
    /// <param name="selected">The index of the one that must be seen.</param>
    /// <param name="below">The lines that would be shown below.</param>
    /// <returns>The shares.</returns>
    public static FrameLayout Share(int height, int rows, int selected, int below)
    {
        var isSpaced = height >= SpaciousHeight;
        var lines = Math.Max(0, height - FixedLines - (isSpaced ? EmptyLines : 0));
        var shownBelow = Math.Min(below, Math.Max(lines - rows, lines / 3));
        var room = lines - shownBelow;
        var hasMore = rows > room && room > 0;
        var shown = Math.Min(rows, hasMore ? room - 1 : room);
        return new FrameLayout(Math.Clamp(selected - (shown / 2), 0, rows - shown), shown, hasMore, shownBelow, isSpaced, room - shown - (hasMore ? 1 : 0));
    }
}
