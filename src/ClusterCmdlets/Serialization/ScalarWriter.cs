using System.Globalization;
using System.Numerics;
using Newtonsoft.Json;

namespace Cluster.Serialization;

/// <summary>
/// Writes the values that are one JSON number or one tagged text, whatever the culture. Texts that a user can fill with
/// anything go through <see cref="ValueWriter"/>, which checks them.
/// </summary>
internal static class ScalarWriter
{
    /// <summary>Integers of more bits travel in base64: a JSON reader's time grows with the square of the digits, and
    /// it refuses more than 380.</summary>
    public const int PlainIntegerBits = 1024;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Writes a value of one of the framework's plain types.</summary>
    /// <returns><see langword="false"/>, with nothing written, if it is of another type.</returns>
    public static bool TryWrite(JsonTextWriter json, object value)
    {
        switch (value)
        {
            case byte n: json.WriteValue(n); break;
            case sbyte n: json.WriteValue(n); break;
            case short n: json.WriteValue(n); break;
            case ushort n: json.WriteValue(n); break;
            case uint n: json.WriteValue(n); break;
            case ulong n: json.WriteValue(n); break;
            case nint n: json.WriteValue((long)n); break;
            case nuint n: json.WriteValue((ulong)n); break;
            case BigInteger n: WriteBigInteger(json, n); break;
            case Int128 n: json.WriteValue((object)(BigInteger)n); break;
            case UInt128 n: json.WriteValue((object)(BigInteger)n); break;
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
            case byte[] bytes: WriteBytes(json, bytes); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Writes a double: a JSON number that always shows a point or an exponent, so that 1.0 stays a double.</summary>
    public static void WriteDouble(JsonTextWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteValue(value);
        }
        else
        {
            WriteTagged(json, WireTag.Double, value.ToString("R", Invariant));
        }
    }

    /// <summary>Writes a typed value whose text holds nothing but what its format allows.</summary>
    public static void WriteTagged(JsonTextWriter json, string tag, string text)
    {
        Begin(json, tag);
        json.WriteValue(text);
        json.WriteEndObject();
    }

    /// <summary>Opens a typed value up to where its payload goes; one <c>WriteEndObject</c> closes it.</summary>
    public static void Begin(JsonTextWriter json, string tag)
    {
        json.WriteStartObject();
        json.WritePropertyName(WireTag.Marker, escape: false);
        json.WriteValue(tag);
        json.WritePropertyName(WireTag.Value, escape: false);
    }

    private static void WriteBigInteger(JsonTextWriter json, BigInteger value)
    {
        if (value.GetBitLength() <= PlainIntegerBits)
        {
            json.WriteValue((object)value);
        }
        else
        {
            Begin(json, WireTag.BigInteger);
            json.WriteValue(value.ToByteArray());
            json.WriteEndObject();
        }
    }

    private static void WriteFloat(JsonTextWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            Begin(json, WireTag.Float);
            json.WriteValue((double)value);
            json.WriteEndObject();
        }
        else
        {
            WriteTagged(json, WireTag.Float, value.ToString("R", Invariant));
        }
    }

    private static void WriteChar(JsonTextWriter json, char value)
    {
        Begin(json, WireTag.Char);
        json.WriteValue((int)value);
        json.WriteEndObject();
    }

    private static void WriteBytes(JsonTextWriter json, byte[] value)
    {
        Begin(json, WireTag.Bytes);
        json.WriteValue(value);
        json.WriteEndObject();
    }
}
