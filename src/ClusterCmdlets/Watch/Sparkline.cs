namespace Cluster.Watch;

/// <summary>A line of the last values in one character each. Thread-safe.</summary>
internal static class Sparkline
{
    /// <summary>Fewer characters say nothing.</summary>
    public const int MinWidth = 8;

    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const string Ascii = "_.:-=+*#";

    /// <summary>Draws it, the latest value at the right.</summary>
    /// <param name="values">The values, none negative, the latest last.</param>
    /// <param name="width">The number of characters; older values are left out.</param>
    /// <param name="isUnicode">Whether block characters can be shown.</param>
    /// <returns>The line, scaled to the largest of the values that it shows.</returns>
    public static string Draw(IReadOnlyList<double> values, int width, bool isUnicode)
    {
        var (levels, shown) = (isUnicode ? Blocks : Ascii, values.TakeLast(width).ToArray());
        var max = shown.DefaultIfEmpty().Max();
        return new string([.. shown.Select(value => levels[max > 0 ? (int)Math.Round(value / max * (levels.Length - 1)) : 0])]).PadLeft(width);
    }
}
