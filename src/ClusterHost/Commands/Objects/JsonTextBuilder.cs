using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using Newtonsoft.Json;

namespace ClusterHost.Commands.Objects;

/// <summary>Writes PowerShell objects as JSON, by their properties and down to a depth.</summary>
internal sealed class JsonTextBuilder(int depth, bool compress, bool enumsAsStrings)
{
    /// <summary>Whether something below the depth was written as text.</summary>
    public bool WasTruncated { get; private set; }

    /// <summary>The text.</summary>
    public string Build(object? value)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using var writer = new JsonTextWriter(text) { Formatting = compress ? Formatting.None : Formatting.Indented };
        Write(writer, value, 0);
        writer.Flush();
        return text.ToString();
    }

    private void Write(JsonTextWriter writer, object? value, int level)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        if (plain is null or DBNull || ReferenceEquals(plain, System.Management.Automation.Internal.AutomationNull.Value))
        {
            writer.WriteNull();
        }
        else if (!WriteScalar(writer, plain))
        {
            if (level > depth)
            {
                WasTruncated = true;
                writer.WriteValue(PSObject.AsPSObject(value!).ToString());
            }
            else if (plain is IDictionary table)
            {
                WriteTable(writer, table, level);
            }
            else if (plain is IEnumerable items)
            {
                WriteItems(writer, items, level);
            }
            else
            {
                WriteProperties(writer, PSObject.AsPSObject(value!), level);
            }
        }
    }

    private bool WriteScalar(JsonTextWriter writer, object value)
    {
        switch (value)
        {
            case Enum name when enumsAsStrings:
                writer.WriteValue(name.ToString());
                return true;
            case Enum number:
                writer.WriteRawValue(number.ToString("D"));
                return true;
            case BigInteger big:
                writer.WriteRawValue(big.ToString(CultureInfo.InvariantCulture));
                return true;
            case Type or Version or SemanticVersion:
                writer.WriteValue(value.ToString());
                return true;
            case string or bool or char or decimal or DateTime or DateTimeOffset or Guid or Uri or double or float:
            case sbyte or byte or short or ushort or int or uint or long or ulong:
                writer.WriteValue(value);
                return true;
            default:
                return false;
        }
    }

    private void WriteTable(JsonTextWriter writer, IDictionary table, int level)
    {
        writer.WriteStartObject();
        foreach (DictionaryEntry entry in table)
        {
            writer.WritePropertyName(entry.Key.ToString() ?? "");
            Write(writer, entry.Value, level + 1);
        }
        writer.WriteEndObject();
    }

    private void WriteItems(JsonTextWriter writer, IEnumerable items, int level)
    {
        writer.WriteStartArray();
        foreach (object? item in items)
        {
            Write(writer, item, level + 1);
        }
        writer.WriteEndArray();
    }

    private void WriteProperties(JsonTextWriter writer, PSObject value, int level)
    {
        writer.WriteStartObject();
        foreach (PSPropertyInfo property in value.Properties)
        {
            if (!property.IsGettable)
            {
                continue;
            }
            writer.WritePropertyName(property.Name);
            Write(writer, ReadProperty(property), level + 1);
        }
        writer.WriteEndObject();
    }

    private static object? ReadProperty(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException)
        {
            // As PowerShell's own: a property that cannot be read is null.
            return null;
        }
    }
}
