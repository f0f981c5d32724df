using System.Globalization;

namespace Cluster.Contracts;

/// <summary>
/// Sizes and times as a person reads them, in the current culture: <c>84 MB</c>, <c>3m 12s</c>. For the module's views;
/// programs read the properties. Thread-safe.
/// </summary>
public static class DisplayText
{
    private static readonly string[] SizeUnits = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>A size in bytes, with units of 1,024 as PowerShell's <c>1MB</c>, at most seven characters.</summary>
    /// <param name="bytes">The size, or null.</param>
    /// <returns>The text; empty without a size.</returns>
    public static string Size(long? bytes)
    {
        if (bytes is not { } size)
        {
            return string.Empty;
        }

        var value = (double)size;
        var unit = 0;

        // What would round to a thousand is one of the next unit.
        while (Math.Abs(value) >= 999.5 && unit < SizeUnits.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.CurrentCulture, $"{Rounded(value, unit == 0)} {SizeUnits[unit]}");
    }

    /// <summary>A length of time in its two largest units, at most seven characters below a thousand days.</summary>
    /// <param name="time">The time, or null. A negative one is taken for zero.</param>
    /// <returns>The text; empty without a time.</returns>
    public static string Duration(TimeSpan? time)
    {
        if (time is not { } span)
        {
            return string.Empty;
        }

        var positive = span < TimeSpan.Zero ? TimeSpan.Zero : span;
        return positive switch
        {
            { Ticks: 0 } => "0 s",
            { TotalMilliseconds: < 999.5 } => string.Create(CultureInfo.CurrentCulture, $"{Rounded(positive.TotalMilliseconds, isWhole: false)} ms"),
            { TotalSeconds: < 59.95 } => string.Create(CultureInfo.CurrentCulture, $"{positive.TotalSeconds:0.#} s"),
            { TotalHours: < 1 } => string.Create(CultureInfo.CurrentCulture, $"{positive.Minutes}m {positive.Seconds}s"),
            { TotalDays: < 1 } => string.Create(CultureInfo.CurrentCulture, $"{positive.Hours}h {positive.Minutes}m"),
            _ => string.Create(CultureInfo.CurrentCulture, $"{(int)positive.TotalDays}d {positive.Hours}h"),
        };
    }

    /// <summary>The value of a metric.</summary>
    /// <param name="value">The value, or null.</param>
    /// <param name="unit">Its unit by UCUM, as meters give it: <c>s</c>, <c>By</c>, <c>{message}</c>.</param>
    /// <returns>The text; empty without a value.</returns>
    public static string Metric(double? value, string unit) => (value, unit) switch
    {
        (null, _) => string.Empty,
        ({ } seconds, "s") => Duration(TimeSpan.FromSeconds(seconds)),
        ({ } bytes, "By") => Size((long)bytes),
        ({ } count, _) => string.Create(CultureInfo.CurrentCulture, $"{count:N0}"),
    };

    /// <summary>Two digits are enough below ten, one never hides a zero.</summary>
    private static string Rounded(double value, bool isWhole) =>
        value.ToString(isWhole || Math.Abs(value) >= 9.95 ? "0" : Math.Abs(value) >= 0.995 ? "0.#" : "0.##", CultureInfo.CurrentCulture);
}
