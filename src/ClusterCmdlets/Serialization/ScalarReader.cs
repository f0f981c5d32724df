using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Cluster.Serialization;

/// <summary>Creates a value from the payload of a typed value, strictly: each type has one format. Safe on any thread.</summary>
internal static class ScalarReader
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Creates the value.</summary>
    /// <param name="tag">The type, one of <see cref="WireTag"/>.</param>
    /// <param name="json">At the payload.</param>
    /// <returns>The value, or <see langword="null"/> if the type is unknown or the payload is not of its format.</returns>
    /// <exception cref="FormatException">The payload should be base64 and is not.</exception>
    /// <exception cref="InvalidOperationException">The payload is not UTF-8.</exception>
    public static object? Read(string tag, ref Utf8JsonReader json) => (json.TokenType, tag) switch
    {
        (JsonTokenType.String, WireTag.Bytes) => json.GetBytesFromBase64(),
        (JsonTokenType.String, WireTag.BigInteger) => new BigInteger(json.GetBytesFromBase64()),
        (JsonTokenType.String, _) => OfText(tag, json.GetString()!),
        (JsonTokenType.Number, WireTag.Char) => json.TryGetUInt16(out var unit) ? (char)unit : null,
        (JsonTokenType.Number, WireTag.Float) => IsFloatingPoint(ref json) ? (float)json.GetDouble() : null,
        _ => null,
    };

    /// <summary>Reads a number: the smallest integer type that holds it, or a double if it shows a point or an exponent.</summary>
    /// <param name="json">At the number.</param>
    /// <returns>The number, or <see langword="null"/> if it has more digits than are ever written.</returns>
    public static object? ReadNumber(ref Utf8JsonReader json)
    {
        if (json.TryGetInt32(out var small))
        {
            return small;
        }

        if (IsFloatingPoint(ref json))
        {
            return json.GetDouble();
        }

        if (json.TryGetInt64(out var large))
        {
            return large;
        }

        // Reading digits takes time that grows with their square.
        return json.ValueSpan.Length <= MostDigits
            ? BigInteger.Parse(Encoding.ASCII.GetString(json.ValueSpan), NumberStyles.AllowLeadingSign, Invariant)
            : null;
    }

    // More than the digits of ScalarWriter.PlainIntegerBits.
    private const int MostDigits = 320;

    private static bool IsFloatingPoint(ref Utf8JsonReader json) =>
        json.ValueSpan.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0;

    private static object? OfText(string tag, string text) => tag switch
    {
        WireTag.Double => NotFinite(text),
        WireTag.Float => NotFinite(text) is { } n ? (float)n : null,
        WireTag.Decimal => decimal.TryParse(text, DecimalStyle, Invariant, out var n) ? n : null,
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

    // A local time carries its offset, so that in an hour that occurs twice it stays the same instant. Near the ends of the
    // calendar there is no such instant, and the clock time is used.
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
