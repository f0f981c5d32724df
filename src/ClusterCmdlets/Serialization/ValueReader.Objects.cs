using System.Collections.Specialized;
using System.Management.Automation;
using System.Text.Json;

namespace Cluster.Serialization;

/// <content>Typed values, maps and objects.</content>
internal sealed partial class ValueReader
{
    private const string DeserializedPrefix = "Deserialized.";

    private object? ReadObject(ref Utf8JsonReader json, int depth)
    {
        if (Advance(ref json) == JsonTokenType.PropertyName && json.ValueTextEquals(WireTag.Marker))
        {
            Expect(ref json, JsonTokenType.String);
            return ReadTyped(ref json, json.GetString()!, depth);
        }

        return ReadMembers(ref json, depth + 1, null);
    }

    private object? ReadTyped(ref Utf8JsonReader json, string tag, int depth)
    {
        string[]? typeNames = null;
        if (tag == WireTag.Object)
        {
            ExpectName(ref json, WireTag.TypeNames);
            typeNames = ReadTypeNames(ref json);
        }

        ExpectName(ref json, WireTag.Value);
        Advance(ref json);
        object? value;
        if (tag is WireTag.Object or WireTag.Map)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw Malformed(ref json, $"has a value of type '{tag}' that is no object");
            }

            Advance(ref json);
            value = ReadMembers(ref json, depth + 1, typeNames);
        }
        else
        {
            value = ScalarReader.Read(tag, ref json)
                ?? throw Malformed(ref json, $"has a value that is not of its type '{tag}'");
        }

        Expect(ref json, JsonTokenType.EndObject);
        return value;
    }

    // At the first name of a map, or at its end.
    private object ReadMembers(ref Utf8JsonReader json, int depth, string[]? typeNames)
    {
        Guard(ref json, depth);
        var scope = _names.Open();
        object result;
        if (_maps == MapStyle.Hashtable)
        {
            var map = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
            while (json.TokenType != JsonTokenType.EndObject)
            {
                var key = ReadName(ref json, ref scope);
                map.Add(key.Text, ReadValue(ref json, depth));
                Advance(ref json);
            }

            result = map;
        }
        else
        {
            var instance = ObjectAssembler.Begin();
            while (json.TokenType != JsonTokenType.EndObject)
            {
                var key = ReadName(ref json, ref scope);
                ObjectAssembler.Add(instance, key, ReadValue(ref json, depth));
                Advance(ref json);
            }

            AddTypeNames(instance, typeNames);
            result = instance;
        }

        _names.Close(scope);
        return result;
    }

    private ReadKey ReadName(ref Utf8JsonReader json, ref NameScope scope)
    {
        if (json.TokenType != JsonTokenType.PropertyName)
        {
            throw Malformed(ref json, $"has an unexpected {json.TokenType}");
        }

        var key = _keys.Get(ref json);
        if (key.Text.Length == 0)
        {
            throw Malformed(ref json, "has an empty key");
        }

        if (!_names.TryAdd(ref scope, key.Text))
        {
            throw Malformed(ref json, $"has the key '{key.Text}' twice");
        }

        Advance(ref json);
        return key;
    }

    private static string[] ReadTypeNames(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartArray);
        var names = new List<string>();
        while (Advance(ref json) == JsonTokenType.String)
        {
            names.Add(json.GetString()!);
        }

        return json.TokenType == JsonTokenType.EndArray ? [.. names] : throw Malformed(ref json, "has type names that are no texts");
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
