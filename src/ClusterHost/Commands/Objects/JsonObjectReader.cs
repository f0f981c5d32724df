using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using Newtonsoft.Json;

namespace ClusterHost.Commands.Objects;

/// <summary>Reads JSON text into custom objects or ordered tables.</summary>
internal static class JsonObjectReader
{
    /// <summary>The value of a text, or a <see cref="JsonException"/>.</summary>
    public static object? Read(string text, bool asTable, int depth)
    {
        using var reader = new JsonTextReader(new StringReader(text)) { MaxDepth = depth, DateParseHandling = DateParseHandling.DateTime, Culture = CultureInfo.InvariantCulture };
        if (!reader.Read())
        {
            return null;
        }
        object? value = ReadValue(reader, asTable);
        while (reader.Read())
        {
            if (reader.TokenType != JsonToken.Comment)
            {
                throw new JsonReaderException($"Additional text found after the end of the JSON. Line {reader.LineNumber}, position {reader.LinePosition}.");
            }
        }
        return value;
    }

    private static object? ReadValue(JsonTextReader reader, bool asTable)
    {
        while (reader.TokenType == JsonToken.Comment)
        {
            Next(reader);
        }
        return reader.TokenType switch
        {
            JsonToken.StartObject => asTable ? ReadTable(reader) : ReadObject(reader),
            JsonToken.StartArray => ReadArray(reader, asTable),
            JsonToken.Null or JsonToken.Undefined => null,
            _ => reader.Value,
        };
    }

    private static PSObject ReadObject(JsonTextReader reader)
    {
        var result = new PSObject();
        foreach ((string name, object? value) in ReadMembers(reader, asTable: false))
        {
            if (name.Length == 0)
            {
                throw new JsonReaderException("The provided JSON includes a property whose name is an empty string, this is only supported using the -AsHashTable switch.");
            }
            if (result.Properties[name] is { } existing)
            {
                if (existing.Name != name)
                {
                    throw new JsonReaderException($"The JSON has the keys '{existing.Name}' and '{name}', which differ in case only. Use the -AsHashTable switch instead.");
                }
                existing.Value = value;
                continue;
            }
            result.Properties.Add(new PSNoteProperty(name, value));
        }
        return result;
    }

    private static OrderedDictionary ReadTable(JsonTextReader reader)
    {
        var result = new OrderedDictionary(StringComparer.Ordinal);
        foreach ((string name, object? value) in ReadMembers(reader, asTable: true))
        {
            result[name] = value;
        }
        return result;
    }

    private static IEnumerable<(string Name, object? Value)> ReadMembers(JsonTextReader reader, bool asTable)
    {
        while (true)
        {
            Next(reader);
            if (reader.TokenType == JsonToken.EndObject)
            {
                yield break;
            }
            if (reader.TokenType == JsonToken.PropertyName)
            {
                string name = (string)reader.Value!;
                Next(reader);
                yield return (name, ReadValue(reader, asTable));
            }
        }
    }

    private static object?[] ReadArray(JsonTextReader reader, bool asTable)
    {
        var items = new List<object?>();
        while (true)
        {
            Next(reader);
            if (reader.TokenType == JsonToken.EndArray)
            {
                return [.. items];
            }
            if (reader.TokenType != JsonToken.Comment)
            {
                items.Add(ReadValue(reader, asTable));
            }
        }
    }

    private static void Next(JsonTextReader reader)
    {
        if (!reader.Read())
        {
            throw new JsonReaderException($"Unexpected end of the JSON. Line {reader.LineNumber}, position {reader.LinePosition}.");
        }
    }
}
