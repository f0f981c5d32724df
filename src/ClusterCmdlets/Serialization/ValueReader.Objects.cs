using System.Collections.Specialized;
using System.Management.Automation;
using Newtonsoft.Json;

namespace Cluster.Serialization;

/// <content>Typed values, maps and objects.</content>
internal sealed partial class ValueReader
{
    private const string DeserializedPrefix = "Deserialized.";

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
}
