using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Runtime.CompilerServices;
using Newtonsoft.Json;

namespace Cluster.Serialization;

/// <summary>
/// Reads one body after the other. Keeps its buffers between bodies, and is to be thrown away after a malformed one.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class ValueReader : IDisposable
{
    private const string DeserializedPrefix = "Deserialized.";

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

    private object? ReadObject(int depth)
    {
        if (Advance() == JsonToken.PropertyName && (string)_json.Value! == WireTag.Marker)
        {
            Expect(JsonToken.String);
            return ReadTyped((string)_json.Value!, depth);
        }

        return ReadMembers(depth + 1, null);
    }

    private object? ReadTyped(string tag, int depth)
    {
        string[]? typeNames = null;
        if (tag == WireTag.Object)
        {
            ExpectName(WireTag.TypeNames);
            typeNames = ReadTypeNames();
        }

        ExpectName(WireTag.Value);
        Advance();
        object? value;
        if (tag is WireTag.Object or WireTag.Map)
        {
            if (_json.TokenType != JsonToken.StartObject)
            {
                throw Malformed($"has a value of type '{tag}' that is no object");
            }

            Advance();
            value = ReadMembers(depth + 1, typeNames);
        }
        else
        {
            value = ScalarReader.Read(tag, _json.TokenType, _json.Value)
                ?? throw Malformed($"has a value that is not of its type '{tag}'");
        }

        Expect(JsonToken.EndObject);
        return value;
    }

    // At the first name of a map, or at its end.
    private object ReadMembers(int depth, string[]? typeNames)
    {
        Guard(depth);
        var scope = _names.Open();
        object result;
        if (_maps == MapStyle.Hashtable)
        {
            var map = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
            while (_json.TokenType != JsonToken.EndObject)
            {
                var name = ReadName(ref scope);
                map.Add(name, ReadValue(depth));
                Advance();
            }

            result = map;
        }
        else
        {
            var instance = ObjectAssembler.Begin();
            while (_json.TokenType != JsonToken.EndObject)
            {
                var name = ReadName(ref scope);
                _objects.Add(instance, name, ReadValue(depth));
                Advance();
            }

            AddTypeNames(instance, typeNames);
            result = instance;
        }

        _names.Close(scope);
        return result;
    }

    private string ReadName(ref NameScope scope)
    {
        if (_json.TokenType != JsonToken.PropertyName)
        {
            throw Malformed($"has an unexpected {_json.TokenType}");
        }

        var name = (string)_json.Value!;
        if (name.Length == 0)
        {
            throw Malformed("has an empty key");
        }

        if (!_names.TryAdd(ref scope, name))
        {
            throw Malformed($"has the key '{name}' twice");
        }

        Advance();
        return name;
    }

    private string[] ReadTypeNames()
    {
        Expect(JsonToken.StartArray);
        var names = new List<string>();
        while (Advance() == JsonToken.String)
        {
            names.Add((string)_json.Value!);
        }

        return _json.TokenType == JsonToken.EndArray ? [.. names] : throw Malformed("has type names that are no texts");
    }

    // The prefix is put before every name, so that no sender can have an object taken for a live one of that type.
    private static void AddTypeNames(PSObject instance, string[]? typeNames)
    {
        for (var i = 0; i < typeNames?.Length; i++)
        {
            var name = typeNames[i];
            instance.TypeNames.Insert(
                i, name.StartsWith(DeserializedPrefix, StringComparison.Ordinal) ? name : DeserializedPrefix + name);
        }
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
