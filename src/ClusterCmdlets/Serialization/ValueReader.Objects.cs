using System.Collections;
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
        if (Advance(ref json) == JsonTokenType.PropertyName && json.ValueTextEquals(WireTag.MarkerText.EncodedUtf8Bytes))
        {
            Expect(ref json, JsonTokenType.String);
            return ReadTyped(ref json, json.GetString()!, depth);
        }

        return ReadMembers(ref json, depth + 1, null);
    }

    private object? ReadTyped(ref Utf8JsonReader json, string tag, int depth)
    {
        string[]? typeNames = null;
        string? text = null;
        if (tag == WireTag.Object)
        {
            ExpectName(ref json, WireTag.TypeNames);
            typeNames = ReadTypeNames(ref json);
            Expect(ref json, JsonTokenType.PropertyName);
            if (json.ValueTextEquals(WireTag.Text))
            {
                Expect(ref json, JsonTokenType.String);
                text = json.GetString();
                Expect(ref json, JsonTokenType.PropertyName);
            }
        }
        else
        {
            Expect(ref json, JsonTokenType.PropertyName);
        }

        CheckName(ref json, WireTag.Value);
        Advance(ref json);
        object? value;
        if (tag is WireTag.Object or WireTag.Map)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw Malformed(ref json, $"has a value of type '{tag}' that is not an object");
            }

            Advance(ref json);
            value = ReadMembers(ref json, depth + 1, typeNames);
            if (text is not null && value is PSObject instance)
            {
                EngineTypes.KeepText(instance, text);
            }
        }
        else if (_maps == MapStyle.Original && tag is WireTag.Hashtable or WireTag.Ordered)
        {
            value = ReadTable(ref json, depth + 1, tag);
        }
        else
        {
            value = ScalarReader.Read(tag, ref json)
                ?? throw Malformed(ref json, $"has a value that does not fit its type '{tag}'");
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
            var start = _items.Count;
            var hasEmptyName = false;
            while (json.TokenType != JsonTokenType.EndObject)
            {
                var key = ReadName(ref json, ref scope);
                _items.Add(key);
                hasEmptyName |= key.Text.Length == 0;
                _items.Add(ReadValue(ref json, depth));
                Advance(ref json);
            }

            result = hasEmptyName ? ToMap(start) : ToObject(start, typeNames);
            _items.RemoveRange(start, _items.Count - start);
        }

        _names.Close(scope);
        return result;
    }

    // No property has an empty name, so a map with such a key stays a map.
    private OrderedDictionary ToMap(int start)
    {
        var map = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
        for (var i = start; i < _items.Count; i += 2)
        {
            map.Add(((ReadKey)_items[i]!).Text, _items[i + 1]);
        }

        return map;
    }

    private PSObject ToObject(int start, string[]? typeNames)
    {
        var instance = ObjectAssembler.Make(_items, start);
        AddTypeNames(instance, typeNames);
        return instance;
    }

    // At the array of keys and values.
    private IDictionary ReadTable(ref Utf8JsonReader json, int depth, string tag)
    {
        Guard(ref json, depth);
        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw Malformed(ref json, $"has a value of type '{tag}' that is no array");
        }

        var entries = new List<DictionaryEntry>();
        while (Advance(ref json) != JsonTokenType.EndArray)
        {
            var key = ReadValue(ref json, depth) ?? throw Malformed(ref json, "has a key that is null");
            Advance(ref json);
            entries.Add(new DictionaryEntry(key, ReadValue(ref json, depth)));
        }

        // Keys that differ by case alone come of a table that tells them apart.
        return TryMakeTable(entries, tag, StringComparer.OrdinalIgnoreCase)
            ?? TryMakeTable(entries, tag, StringComparer.Ordinal)
            ?? throw Malformed(ref json, "has a key twice");
    }

    private static IDictionary? TryMakeTable(List<DictionaryEntry> entries, string tag, StringComparer comparer)
    {
        IDictionary table = tag == WireTag.Ordered ? new OrderedDictionary(comparer) : new Hashtable(comparer);
        foreach (var entry in entries)
        {
            if (table.Contains(entry.Key))
            {
                return null;
            }

            table.Add(entry.Key, entry.Value);
        }

        return table;
    }

    private ReadKey ReadName(ref Utf8JsonReader json, ref NameScope scope)
    {
        if (json.TokenType != JsonTokenType.PropertyName)
        {
            throw Malformed(ref json, $"has an unexpected {json.TokenType}");
        }

        var key = _keys.Get(ref json);
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

        return json.TokenType == JsonTokenType.EndArray ? [.. names] : throw Malformed(ref json, "has type names that are not strings");
    }

    // Every name gets the prefix, so that no sender can pass an object off as a live one of that type.
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
