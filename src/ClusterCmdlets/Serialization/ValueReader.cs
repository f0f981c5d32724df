using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Cluster.Serialization;

/// <summary>
/// Reads one body after the other. Keeps its buffers between bodies. Must not be used again after a malformed one.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed partial class ValueReader
{
    // Capacity for elements that is kept from one body to the next.
    private const int ItemsKept = 4096;

    private static readonly object True = true;
    private static readonly object False = false;

    private readonly DecodedNameCache _keys = new();
    private readonly NameTracker _names = new();
    private readonly List<object?> _items = [];
    private MapStyle _maps;
    private int _maxDepth;

    /// <summary>Reads a body.</summary>
    /// <exception cref="BodyMalformedException">The bytes are not a body.</exception>
    public object? ReadBody(ReadOnlySpan<byte> utf8, MapStyle maps, BodyLimits limits)
    {
        _maps = maps;
        _maxDepth = limits.MaxDepth;
        _names.Reset();
        _items.Clear();
        var json = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            MaxDepth = BodyLimits.JsonDepth(limits.MaxDepth),
        });
        try
        {
            Advance(ref json);
            var value = ReadValue(ref json, 0);
            return json.Read() ? throw Malformed(ref json, "continues after its end") : value;
        }
        catch (Exception e) when (e is not (BodyMalformedException or OutOfMemoryException))
        {
            // The parser reports it in several ways: JsonException, InvalidOperationException, FormatException.
            throw new BodyMalformedException($"The body is not valid JSON: {e.Message}", e);
        }
        finally
        {
            if (_items.Capacity > ItemsKept)
            {
                _items.Clear();
                _items.Capacity = ItemsKept;
            }
        }
    }

    private object? ReadValue(ref Utf8JsonReader json, int depth)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                return json.GetString();
            case JsonTokenType.Number:
                return ScalarReader.ReadNumber(ref json) ?? throw Malformed(ref json, "has an integer with too many digits");
            case JsonTokenType.True:
                return True;
            case JsonTokenType.False:
                return False;
            case JsonTokenType.StartObject:
                return ReadObject(ref json, depth);
            case JsonTokenType.StartArray:
                return ReadArray(ref json, depth + 1);
            case JsonTokenType.Null:
                return null;
            default:
                throw Malformed(ref json, $"has an unexpected {json.TokenType}");
        }
    }

    private object?[] ReadArray(ref Utf8JsonReader json, int depth)
    {
        Guard(ref json, depth);
        var start = _items.Count;
        while (Advance(ref json) != JsonTokenType.EndArray)
        {
            _items.Add(ReadValue(ref json, depth));
        }

        var count = _items.Count - start;
        if (count == 0)
        {
            return [];
        }

        var array = new object?[count];
        _items.CopyTo(start, array, 0, count);
        _items.RemoveRange(start, count);
        return array;
    }

    private void Guard(ref Utf8JsonReader json, int depth)
    {
        if (depth > _maxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Malformed(ref json, $"is nested deeper than the limit of {_maxDepth} levels");
        }
    }

    private static JsonTokenType Advance(ref Utf8JsonReader json) =>
        json.Read() ? json.TokenType : throw Malformed(ref json, "ends too early");

    private static void Expect(ref Utf8JsonReader json, JsonTokenType token)
    {
        if (Advance(ref json) != token)
        {
            throw Malformed(ref json, $"has an unexpected {json.TokenType} in a typed value");
        }
    }

    private static void ExpectName(ref Utf8JsonReader json, string name)
    {
        Expect(ref json, JsonTokenType.PropertyName);
        CheckName(ref json, name);
    }

    private static void CheckName(ref Utf8JsonReader json, string name)
    {
        if (!json.ValueTextEquals(name))
        {
            throw Malformed(ref json, $"has an unexpected key '{json.GetString()}' in a typed value");
        }
    }

    private static BodyMalformedException Malformed(ref Utf8JsonReader json, string what) => new(
        string.Create(CultureInfo.InvariantCulture, $"The body {what} (near byte {json.BytesConsumed})."));
}
