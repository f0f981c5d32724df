using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Cluster.Serialization;

/// <summary>
/// Writes the values that are one JSON number or one tagged text, whatever the culture. Arbitrary user text goes through <see cref="ValueWriter"/>, which checks them.
/// </summary>
internal static class ScalarWriter
{
    /// <summary>Integers of more bits travel in base64: reading decimal digits takes time that grows with their square.</summary>
    public const int PlainIntegerBits = 1024;

    // The longest double has 17 digits, a sign, a point and an exponent of three digits.
    private const int LongestDouble = 32;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Writes a value of one of the framework's plain types.</summary>
    /// <returns><see langword="false"/>, with nothing written, if it is of another type.</returns>
    public static bool TryWrite(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case byte n: json.WriteNumberValue((uint)n); break;
            case sbyte n: json.WriteNumberValue((int)n); break;
            case short n: json.WriteNumberValue((int)n); break;
            case ushort n: json.WriteNumberValue((uint)n); break;
            case uint n: json.WriteNumberValue(n); break;
            case ulong n: json.WriteNumberValue(n); break;
            case nint n: json.WriteNumberValue((long)n); break;
            case nuint n: json.WriteNumberValue((ulong)n); break;
            case BigInteger n: WriteBigInteger(json, n); break;
            case Int128 n: WriteBigInteger(json, n); break;
            case UInt128 n: WriteBigInteger(json, n); break;
            case float n: WriteFloat(json, n); break;
            case Half n: WriteFloat(json, (float)n); break;
            case decimal n: WriteTagged(json, WireTag.Decimal, n.ToString(Invariant)); break;
            case DateTime d: WriteTagged(json, WireTag.DateTime, d.ToString("O", Invariant)); break;
            case DateTimeOffset d: WriteTagged(json, WireTag.DateTimeOffset, d.ToString("O", Invariant)); break;
            case TimeSpan t: WriteTagged(json, WireTag.TimeSpan, t.ToString("c", Invariant)); break;
            case DateOnly d: WriteTagged(json, WireTag.DateOnly, d.ToString("O", Invariant)); break;
            case TimeOnly t: WriteTagged(json, WireTag.TimeOnly, t.ToString("O", Invariant)); break;
            case Guid g: WriteTagged(json, WireTag.Guid, g.ToString("D", Invariant)); break;
            case Version v: WriteTagged(json, WireTag.Version, v.ToString()); break;
            case char c: WriteChar(json, c); break;
            case byte[] bytes: WriteBytes(json, WireTag.Bytes, bytes); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Writes a double: a JSON number that always shows a point or an exponent, so that 1.0 stays a double.</summary>
    public static void WriteDouble(Utf8JsonWriter json, double value)
    {
        if (!double.IsFinite(value))
        {
            WriteTagged(json, WireTag.Double, value.ToString("R", Invariant));
            return;
        }

        if (value != Math.Truncate(value))
        {
            json.WriteNumberValue(value);
            return;
        }

        Span<byte> digits = stackalloc byte[LongestDouble];
        Utf8Formatter.TryFormat(value, digits, out var length);
        if (digits[..length].IndexOfAny((byte)'.', (byte)'E') < 0)
        {
            digits[length++] = (byte)'.';
            digits[length++] = (byte)'0';
        }

        json.WriteRawValue(digits[..length], skipInputValidation: true);
    }

    /// <summary>Writes a typed value whose text cannot contain anything but its format.</summary>
    public static void WriteTagged(Utf8JsonWriter json, string tag, string text)
    {
        Begin(json, tag);
        json.WriteStringValue(text);
        json.WriteEndObject();
    }

    /// <summary>Writes a typed value up to its payload; one <c>WriteEndObject</c> closes it.</summary>
    public static void Begin(Utf8JsonWriter json, string tag)
    {
        json.WriteStartObject();
        json.WriteString(WireTag.MarkerText, tag);
        json.WritePropertyName(WireTag.ValueText);
    }

    private static void WriteBigInteger(Utf8JsonWriter json, BigInteger value)
    {
        if (value.GetBitLength() <= PlainIntegerBits)
        {
            json.WriteRawValue(value.ToString(Invariant), skipInputValidation: true);
        }
        else
        {
            WriteBytes(json, WireTag.BigInteger, value.ToByteArray());
        }
    }

    private static void WriteFloat(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            Begin(json, WireTag.Float);
            WriteDouble(json, value);
            json.WriteEndObject();
        }
        else
        {
            WriteTagged(json, WireTag.Float, value.ToString("R", Invariant));
        }
    }

    private static void WriteChar(Utf8JsonWriter json, char value)
    {
        Begin(json, WireTag.Char);
        json.WriteNumberValue((int)value);
        json.WriteEndObject();
    }

    private static void WriteBytes(Utf8JsonWriter json, string tag, byte[] value)
    {
        Begin(json, tag);
        json.WriteBase64StringValue(value);
        json.WriteEndObject();
    }
}
