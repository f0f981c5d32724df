using System.Globalization;
using System.Management.Automation;
using System.Text;
using Newtonsoft.Json;

namespace Cluster.Http.Requests;

/// <summary>Reads JSON that a client has sent: objects as custom objects, lists as arrays, dates as the texts that they are.</summary>
internal static class JsonBody
{
    private const int MaxDepth = 64;

    /// <summary>Reads a text.</summary>
    /// <param name="stream">The text.</param>
    /// <param name="encoding">Its encoding, if it does not tell itself.</param>
    /// <returns>The value.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static object? Read(Stream stream, Encoding encoding)
    {
        using var text = new StreamReader(stream, encoding, detectEncodingFromByteOrderMarks: true, bufferSize: 1024, leaveOpen: true);
        using var reader = new JsonTextReader(text)
        {
            MaxDepth = MaxDepth, DateParseHandling = DateParseHandling.None, FloatParseHandling = FloatParseHandling.Double, Culture = CultureInfo.InvariantCulture, CloseInput = false, ArrayPool = CharPool.Shared,
        };
        if (!ReadNext(reader))
        {
            return null;
        }

        var value = ReadValue(reader);
        return ReadNext(reader) ? throw Unexpected(reader) : value;
    }

    private static object? ReadValue(JsonTextReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonToken.StartObject:
                return ReadObject(reader);
            case JsonToken.StartArray:
                return ReadList(reader);
            case JsonToken.Integer or JsonToken.Float or JsonToken.String or JsonToken.Boolean:
                return reader.Value;
            case JsonToken.Null:
                return null;
            default:
                throw Unexpected(reader);
        }
    }

    private static PSObject ReadObject(JsonTextReader reader)
    {
        var value = new PSObject();

        // Once: each look at them takes a lock of the engine's.
        var properties = value.Properties;
        HashSet<string>? names = null;
        while (true)
        {
            MustRead(reader);
            if (reader.TokenType == JsonToken.EndObject)
            {
                return value;
            }

            var name = (string)reader.Value!;
            if (name.Length == 0)
            {
                throw new JsonReaderException($"An object has a property without a name, which PowerShell cannot hold. Path '{reader.Path}', line {reader.LineNumber}.");
            }

            MustRead(reader);
            var property = new PSNoteProperty(name, ReadValue(reader));
            names ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            if (!names.Add(name))
            {
                // As ConvertFrom-Json does it for the same name: the last one counts.
                properties.Remove(name);
            }

            properties.Add(property, preValidated: true);
        }
    }

    private static object?[] ReadList(JsonTextReader reader)
    {
        var values = new List<object?>();
        while (true)
        {
            MustRead(reader);
            if (reader.TokenType == JsonToken.EndArray)
            {
                return [.. values];
            }

            values.Add(ReadValue(reader));
        }
    }

    private static void MustRead(JsonTextReader reader)
    {
        if (!ReadNext(reader))
        {
            throw new JsonReaderException($"The text ends before its value does. Path '{reader.Path}', line {reader.LineNumber}.");
        }
    }

    private static bool ReadNext(JsonTextReader reader)
    {
        while (reader.Read())
        {
            if (reader.TokenType != JsonToken.Comment)
            {
                return true;
            }
        }

        return false;
    }

    private static JsonReaderException Unexpected(JsonTextReader reader) =>
        new($"Nothing like '{reader.TokenType}' can stand here. Path '{reader.Path}', line {reader.LineNumber}, position {reader.LinePosition}.");
}
