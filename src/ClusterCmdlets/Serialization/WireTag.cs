using System.Text.Json;

namespace Cluster.Serialization;

/// <summary>
/// The reserved names of the format. A JSON object whose first property is <see cref="Marker"/> is not a user's map but a typed
/// value: <c>{"$":TAG,"v":VALUE}</c>. A user's map that begins with that key is wrapped: <c>{"$":"map","v":{...}}</c>.
/// </summary>
internal static class WireTag
{
    public const string Marker = "$";
    public const string Value = "v";
    public const string TypeNames = "t";
    public const string Text = "s";

    /// <summary>The names of the properties as they are written.</summary>
    public static readonly JsonEncodedText MarkerText = JsonEncodedText.Encode(Marker);

    /// <inheritdoc cref="MarkerText"/>
    public static readonly JsonEncodedText ValueText = JsonEncodedText.Encode(Value);

    /// <inheritdoc cref="MarkerText"/>
    public static readonly JsonEncodedText TypeNamesText = JsonEncodedText.Encode(TypeNames);

    /// <inheritdoc cref="MarkerText"/>
    public static readonly JsonEncodedText TextText = JsonEncodedText.Encode(Text);

    /// <summary>A map whose own first key is the marker; <c>v</c> is the map.</summary>
    public const string Map = "map";

    /// <summary>A class instance; <c>t</c> is the array of its type names, <c>s</c> its text if that is not the one that
    /// custom objects have, <c>v</c> the map of its properties.</summary>
    public const string Object = "object";

    /// <summary>Under <see cref="MapStyle.Original"/>, a hashtable or another dictionary: an array of a key, its value, the
    /// next key and so on.</summary>
    public const string Hashtable = "hashtable";

    /// <summary>The same for an ordered dictionary.</summary>
    public const string Ordered = "ordered";

    /// <summary>A double that JSON has no number for: <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c>.</summary>
    public const string Double = "double";

    /// <summary>A single-precision number: a JSON number, or one of the names of <see cref="Double"/>.</summary>
    public const string Float = "float";

    /// <summary>A decimal as text, with its scale (<c>1.10</c>).</summary>
    public const string Decimal = "decimal";

    /// <summary>An integer of more than <see cref="ScalarWriter.PlainIntegerBits"/> bits: base64 of its little-endian two's complement.</summary>
    public const string BigInteger = "bigint";

    /// <summary>A date and time in the round-trip format, whose suffix gives its kind.</summary>
    public const string DateTime = "datetime";

    /// <summary>A date, time and offset in the round-trip format.</summary>
    public const string DateTimeOffset = "datetimeoffset";

    /// <summary>A time span in the constant format.</summary>
    public const string TimeSpan = "timespan";

    /// <summary>A date, <c>yyyy-MM-dd</c>.</summary>
    public const string DateOnly = "dateonly";

    /// <summary>A time of day in the round-trip format.</summary>
    public const string TimeOnly = "timeonly";

    /// <summary>A GUID with hyphens.</summary>
    public const string Guid = "guid";

    /// <summary>An absolute URI as it was written.</summary>
    public const string Uri = "uri";

    /// <summary>A relative URI as it was written.</summary>
    public const string RelativeUri = "reluri";

    /// <summary>A version of two to four numbers.</summary>
    public const string Version = "version";

    /// <summary>A semantic version.</summary>
    public const string SemanticVersion = "semver";

    /// <summary>A UTF-16 code unit as a number, since a lone surrogate is a legal <c>[char]</c>.</summary>
    public const string Char = "char";

    /// <summary>A byte array inside another value, base64.</summary>
    public const string Bytes = "bytes";
}
