using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Text;
using Cluster.Contracts;
using Cluster.Serialization;
using Newtonsoft.Json;

namespace Cluster.Http.Requests;

/// <summary>
/// Writes what a handler gives as JSON: custom objects and maps as objects, lists as lists, enumerations by their names, bytes as
/// base64, and other objects by their properties. On the handler's thread, for properties may be scripts.
/// </summary>
internal static class JsonText
{
    private const int MaxDepth = 32;
    private const int MaxChars = 64 * 1024 * 1024;
    private const int KeptChars = 64 * 1024;

    [ThreadStatic]
    private static StringBuilder? s_buffer;

    [ThreadStatic]
    private static PlainObjects? s_plain;

    /// <summary>Writes a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ClusterException">It cannot be written.</exception>
    public static string Of(object? value)
    {
        // Taken away while it is used: a property may be a script that comes here again.
        var buffer = s_buffer ?? new StringBuilder(256);
        s_buffer = null;
        using var text = new StringWriter(buffer, CultureInfo.InvariantCulture);
        using var writer = new JsonTextWriter(text) { CloseOutput = false, AutoCompleteOnClose = false, ArrayPool = CharPool.Shared };
        Write(writer, buffer, value, 0);
        writer.Flush();
        var result = buffer.ToString();
        if (buffer.Capacity <= KeptChars)
        {
            s_buffer = buffer.Clear();
        }

        return result;
    }

    private static void Write(JsonTextWriter writer, StringBuilder buffer, object? value, int depth)
    {
        if (buffer.Length > MaxChars)
        {
            throw Invalid(writer, $"is longer than {MaxChars} characters");
        }

        var wrapper = value as PSObject;
        value = wrapper?.BaseObject ?? value;
        if (TryWriteScalar(writer, value))
        {
            return;
        }

        if (depth >= MaxDepth)
        {
            throw Invalid(writer, $"is deeper than {MaxDepth} levels, or holds itself");
        }

        switch (value)
        {
            case IDictionary map:
                writer.WriteStartObject();
                foreach (DictionaryEntry item in map)
                {
                    writer.WritePropertyName(Convert.ToString(item.Key, CultureInfo.InvariantCulture)!);
                    Write(writer, buffer, item.Value, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    Write(writer, buffer, item, depth + 1);
                }

                writer.WriteEndArray();
                break;
            case ScriptBlock or Delegate or Pointer:
                throw Invalid(writer, $"is a {value.GetType().Name}, which JSON has no form for");
            default:
                WriteProperties(writer, buffer, wrapper ?? PSObject.AsPSObject(value), depth);
                break;
        }
    }

    private static void WriteProperties(JsonTextWriter writer, StringBuilder buffer, PSObject value, int depth)
    {
        writer.WriteStartObject();
        if ((s_plain ??= new PlainObjects()).MembersOf(value) is { } own)
        {
            var access = OwnMembers.Access!;
            for (var index = 0; index < access.CountOf(own); index++)
            {
                // The engine keeps $object.PSTypeNames among the members once it has been read.
                if (access.At(own, index) is PSPropertyInfo property and not PSCodeProperty { Name: "PSTypeNames" or "pstypenames" })
                {
                    WriteProperty(writer, buffer, property, depth);
                }
            }
        }
        else
        {
            foreach (var property in value.Properties)
            {
                WriteProperty(writer, buffer, property, depth);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteProperty(JsonTextWriter writer, StringBuilder buffer, PSPropertyInfo property, int depth)
    {
        if (!property.IsGettable)
        {
            return;
        }

        object? content;
        try
        {
            content = property.Value;
        }
        catch (GetValueException)
        {
            // As ConvertTo-Json has it: many objects have a property that cannot always be read.
            content = null;
        }

        writer.WritePropertyName(property.Name);
        Write(writer, buffer, content, depth + 1);
    }

    private static bool TryWriteScalar(JsonTextWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNull();
                return true;
            case string text:
                writer.WriteValue(text);
                return true;
            case Enum name:
                writer.WriteValue(name.ToString());
                return true;
            case byte[] bytes:
                writer.WriteValue(Convert.ToBase64String(bytes));
                return true;
            case bool flag:
                writer.WriteValue(flag);
                return true;
            case SwitchParameter flag:
                writer.WriteValue(flag.IsPresent);
                return true;
            case double number:
                writer.WriteValue(number);
                return true;
            case float number:
                writer.WriteValue(number);
                return true;
            case decimal number:
                writer.WriteValue(number);
                return true;
            case DateTime time:
                writer.WriteValue(time.ToString("O", CultureInfo.InvariantCulture));
                return true;
            case DateTimeOffset time:
                writer.WriteValue(time.ToString("O", CultureInfo.InvariantCulture));
                return true;
            case System.Numerics.BigInteger number:
                writer.WriteRawValue(number.ToString(CultureInfo.InvariantCulture));
                return true;
            case sbyte or byte or short or ushort or int or uint or long or ulong:
                writer.WriteRawValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                return true;
            case char or Guid or TimeSpan or Uri or Version or Type or System.Net.IPAddress or CultureInfo:
                writer.WriteValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                return true;
            default:
                return ReferenceEquals(value, System.Management.Automation.Internal.AutomationNull.Value) && WriteNull(writer);
        }
    }

    private static bool WriteNull(JsonTextWriter writer)
    {
        writer.WriteNull();
        return true;
    }

    private static ClusterException Invalid(JsonTextWriter writer, string why) => new(
        ClusterErrorId.ResponseInvalid, ErrorCategory.InvalidResult, $"The handler's result cannot be sent as JSON: '{(writer.Path.Length == 0 ? "$" : "$." + writer.Path)}' {why}.");
}
