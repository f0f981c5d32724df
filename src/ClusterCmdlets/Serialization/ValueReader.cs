using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Newtonsoft.Json;

namespace Cluster.Serialization;

/// <summary>
/// Reads one body after the other. Keeps its buffers between bodies, and is to be thrown away after a malformed one.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed partial class ValueReader : IDisposable
{
    // A typed value is an object around its payload, and an object's properties are in one more.
    private const int JsonLevelsPerLevel = 2;
    private const int JsonLevelsOfScalar = 2;

    // Room for elements that is kept from one body to the next.
    private const int ItemsKept = 4096;

    private readonly Utf8TextReader _text = new();
    private readonly KeyCache _keys = new();
    private readonly ObjectAssembler _objects = new();
    private readonly NameTracker _names = new();
    private readonly List<object?> _items = [];
    private JsonTextReader _json;
    private MapStyle _maps;
    private int _maxDepth;

    /// <summary>Makes a reader with empty buffers.</summary>
    public ValueReader() => _json = new JsonTextReader(_text);

    /// <summary>Reads a body.</summary>
    /// <exception cref="BodyMalformedException">The bytes are no body.</exception>
    public object? ReadBody(ReadOnlySpan<byte> utf8, MapStyle maps, BodyLimits limits)
    {
        _maps = maps;
        _maxDepth = limits.MaxDepth;
        _names.Reset();
        _items.Clear();
        _text.Begin(utf8);
        _json = new JsonTextReader(_text)
        {
            ArrayPool = CharPool.Shared,
            CloseInput = false,
            Culture = CultureInfo.InvariantCulture,
            DateParseHandling = DateParseHandling.None,
            FloatParseHandling = FloatParseHandling.Double,
            MaxDepth = (limits.MaxDepth * JsonLevelsPerLevel) + JsonLevelsOfScalar,
            PropertyNameTable = _keys,
        };
        try
        {
            Advance();
            var value = ReadValue(0);
            return _json.Read() ? throw Malformed("has something after its end") : value;
        }
        catch (Exception e) when (e is not (BodyMalformedException or OutOfMemoryException))
        {
            // The parser has many ways to say it: JsonReaderException, DecoderFallbackException, FormatException and more.
            throw new BodyMalformedException($"The body is not valid JSON: {e.Message}", e);
        }
        finally
        {
            _json.Close();
            _text.End();
            if (_items.Capacity > ItemsKept)
            {
                _items.Clear();
                _items.Capacity = ItemsKept;
            }
        }
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        _json.Close();
        _text.Dispose();
    }

    private object? ReadValue(int depth)
    {
        switch (_json.TokenType)
        {
            case JsonToken.String:
            case JsonToken.Boolean:
            case JsonToken.Float:
                return _json.Value;
            case JsonToken.Integer:
                return Smallest(_json.Value!);
            case JsonToken.StartObject:
                return ReadObject(depth);
            case JsonToken.StartArray:
                return ReadArray(depth + 1);
            case JsonToken.Null:
                return null;
            default:
                throw Malformed($"has an unexpected {_json.TokenType}");
        }
    }

    private static object Smallest(object integer)
    {
        if (integer is long n)
        {
            return n is >= int.MinValue and <= int.MaxValue ? (int)n : integer;
        }

        return (BigInteger)integer;
    }

    private object?[] ReadArray(int depth)
    {
        Guard(depth);
        var start = _items.Count;
        while (Advance() != JsonToken.EndArray)
        {
            _items.Add(ReadValue(depth));
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

    private void Guard(int depth)
    {
        if (depth > _maxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Malformed($"is nested deeper than the limit of {_maxDepth} levels");
        }
    }

    private JsonToken Advance() => _json.Read() ? _json.TokenType : throw Malformed("ends too early");

    private void Expect(JsonToken token)
    {
        if (Advance() != token)
        {
            throw Malformed($"has an unexpected {_json.TokenType} in a typed value");
        }
    }

    private void ExpectName(string name)
    {
        Expect(JsonToken.PropertyName);
        if ((string)_json.Value! != name)
        {
            throw Malformed($"has an unexpected key '{_json.Value}' in a typed value");
        }
    }

    private BodyMalformedException Malformed(string what) => new($"The body {what} (near character {_json.LinePosition}).");
}
