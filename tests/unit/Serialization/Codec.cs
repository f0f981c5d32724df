using System.Buffers;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Text;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

/// <summary>Shorthands of the codec's tests.</summary>
internal static class Codec
{
    public static object? RoundTrip(object? value, MapStyle maps = MapStyle.PSObject, BodyLimits? limits = null)
    {
        var (bytes, encoding) = Encode(value, limits);
        return BodyReader.Read(bytes, encoding, maps, limits ?? BodyLimits.Default);
    }

    public static (byte[] Bytes, BodyEncoding Encoding) Encode(object? value, BodyLimits? limits = null)
    {
        var output = new ArrayBufferWriter<byte>();
        var encoding = BodyWriter.Write(value, output, limits ?? BodyLimits.Default);
        return (output.WrittenSpan.ToArray(), encoding);
    }

    public static string Json(object? value)
    {
        var (bytes, encoding) = Encode(value);
        Assert.Equal(BodyEncoding.Json, encoding);
        return Encoding.UTF8.GetString(bytes);
    }

    public static object? Parse(string json, MapStyle maps = MapStyle.PSObject) =>
        BodyReader.Read(Encoding.UTF8.GetBytes(json), BodyEncoding.Json, maps, BodyLimits.Default);

    public static BodyNotSerializableException Refused(object? value, BodyLimits? limits = null) =>
        Assert.Throws<BodyNotSerializableException>(() => Encode(value, limits));

    public static PSObject Custom(params (string Name, object? Value)[] properties)
    {
        var result = new PSObject();
        foreach (var (name, value) in properties)
        {
            result.Properties.Add(new PSNoteProperty(name, value));
        }

        return result;
    }

    public static OrderedDictionary Ordered(params (string Name, object? Value)[] entries)
    {
        var result = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in entries)
        {
            result.Add(name, value);
        }

        return result;
    }

    public static object? Get(object? instance, string name) =>
        Assert.IsType<PSObject>(instance).Properties[name] is { } property
            ? property.Value
            : throw new ArgumentException($"There is no property '{name}'.");

    public static string[] Names(object? instance) =>
        Assert.IsType<PSObject>(instance).Properties.Select(static p => p.Name).ToArray();
}
