using System.Globalization;
using System.Numerics;
using Newtonsoft.Json;

namespace Cluster.Serialization;

/// <summary>Makes a value of the payload of a typed value, strictly: each type has one format. Safe on any thread.</summary>
internal static class ScalarReader
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Makes the value.</summary>
    /// <param name="tag">The type, one of <see cref="WireTag"/>.</param>
    /// <param name="token">What the payload is in JSON.</param>
    /// <param name="payload">The payload as the JSON reader gives it.</param>
    /// <returns>The value, or <see langword="null"/> if the type is unknown or the payload is not of its format.</returns>
    /// <exception cref="FormatException">The payload should be base64 and is not.</exception>
    public static object? Read(string tag, JsonToken token, object? payload) => token switch
    {
        JsonToken.String => OfText(tag, (string)payload!),
        JsonToken.Integer when tag == WireTag.Char => payload is long and >= char.MinValue and <= char.MaxValue ? (char)(long)payload : null,
        JsonToken.Float when tag == WireTag.Float => (float)(double)payload!,
        _ => null,
    };

    private static object? OfText(string tag, string text) => tag switch
    {
        WireTag.Double => NotFinite(text),
        WireTag.Float => NotFinite(text) is { } n ? (float)n : null,
        WireTag.Decimal => decimal.TryParse(text, DecimalStyle, Invariant, out var n) ? n : null,
        WireTag.BigInteger => new BigInteger(Convert.FromBase64String(text)),
        WireTag.DateTime => ReadDateTime(text),
        WireTag.DateTimeOffset =>
            DateTimeOffset.TryParseExact(text, "O", Invariant, DateTimeStyles.RoundtripKind, out var d) ? d : null,
        WireTag.TimeSpan => TimeSpan.TryParseExact(text, "c", Invariant, out var t) ? t : null,
        WireTag.DateOnly => DateOnly.TryParseExact(text, "O", Invariant, DateTimeStyles.None, out var d) ? d : null,
        WireTag.TimeOnly => TimeOnly.TryParseExact(text, "O", Invariant, DateTimeStyles.None, out var t) ? t : null,
        WireTag.Guid => Guid.TryParseExact(text, "D", out var g) ? g : null,
        WireTag.Uri => Uri.TryCreate(text, UriKind.Absolute, out var u) ? u : null,
        WireTag.RelativeUri => Uri.TryCreate(text, UriKind.Relative, out var u) ? u : null,
        WireTag.Version => Version.TryParse(text, out var v) ? v : null,
        WireTag.SemanticVersion => EngineTypes.ParseSemanticVersion(text),
        WireTag.Bytes => Convert.FromBase64String(text),
        _ => null,
    };

    private const NumberStyles DecimalStyle = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;

    private static double? NotFinite(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => null,
    };

    // A local time carries its offset, so that an hour that a change of the clock doubles stays the same instant. Near
    // the ends of the calendar there is no such instant; then the time on the clock is what counts.
    private static DateTime? ReadDateTime(string text)
    {
        if (DateTime.TryParseExact(text, "O", Invariant, DateTimeStyles.RoundtripKind, out var value))
        {
            return value;
        }

        const int WallClockLength = 27;
        return text.Length > WallClockLength
            && DateTime.TryParseExact(
                text[..WallClockLength], "O", Invariant, DateTimeStyles.None, out var wallClock)
            && TimeSpan.TryParseExact(text[WallClockLength..].TrimStart('+', '-'), "hh\\:mm", Invariant, out _)
                ? DateTime.SpecifyKind(wallClock, DateTimeKind.Local)
                : null;
    }
}
