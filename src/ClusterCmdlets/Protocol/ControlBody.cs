using System.Buffers;
using System.Collections;
using System.Collections.Specialized;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>Writes and reads the payloads of control frames: a JSON map in the format of message bodies.</summary>
internal sealed class ControlBody
{
    // A value may be nested as deeply as in a message: it is in a list or map of the frame.
    private static readonly BodyLimits Limits = new(BodyLimits.Default.MaxDepth + 2);
    private readonly IDictionary _fields;

    private ControlBody(IDictionary fields)
    {
        _fields = fields;
    }

    /// <summary>Encodes fields.</summary>
    /// <param name="fields">Names and values, in order.</param>
    /// <returns>The payload.</returns>
    /// <exception cref="BodyNotSerializableException">A value cannot be sent as data.</exception>
    public static byte[] Write(params (string Name, object? Value)[] fields) => Write(MapStyle.PSObject, fields);

    /// <summary>Encodes fields.</summary>
    /// <param name="maps">Whether maps are told apart.</param>
    /// <param name="fields">Names and values, in order.</param>
    /// <returns>The payload.</returns>
    /// <exception cref="BodyNotSerializableException">A value cannot be sent as data.</exception>
    public static byte[] Write(MapStyle maps, params (string Name, object? Value)[] fields)
    {
        var map = new OrderedDictionary();
        foreach (var (name, value) in fields)
        {
            map.Add(name, value);
        }

        var output = new ArrayBufferWriter<byte>();
        BodyWriter.Write(map, output, Limits, maps);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Decodes a payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="maps">What maps become.</param>
    /// <returns>Its fields.</returns>
    /// <exception cref="ProtocolException">It is not a map.</exception>
    public static ControlBody Read(ReadOnlySpan<byte> payload, MapStyle maps = MapStyle.Hashtable)
    {
        try
        {
            return new ControlBody(
                BodyReader.Read(payload, BodyEncoding.Json, maps, Limits) as IDictionary
                    ?? throw new ProtocolException("A control frame's payload is not a map."));
        }
        catch (BodyMalformedException exception)
        {
            throw new ProtocolException("A control frame's payload is malformed.", exception);
        }
    }

    /// <summary>A field that must be present.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="name">Its name.</param>
    /// <returns>Its value.</returns>
    /// <exception cref="ProtocolException">It is missing or has another type.</exception>
    public T Get<T>(string name) =>
        _fields[name] is T value ? value : throw new ProtocolException($"A control frame lacks the field '{name}'.");

    /// <summary>A field that may be null or missing.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="name">Its name.</param>
    /// <returns>Its value, or the default.</returns>
    /// <exception cref="ProtocolException">It has another type.</exception>
    public T? GetOptional<T>(string name) =>
        _fields[name] switch
        {
            null => default,
            T value => value,
            _ => throw new ProtocolException($"A control frame's field '{name}' has the wrong type."),
        };

    /// <summary>A list that may be missing.</summary>
    /// <typeparam name="T">The type of its items.</typeparam>
    /// <param name="name">Its name.</param>
    /// <returns>Its items.</returns>
    /// <exception cref="ProtocolException">An item has another type.</exception>
    public T[] GetList<T>(string name) =>
        [.. (GetOptional<object?[]>(name) ?? []).Select(item =>
            item is T value ? value : throw new ProtocolException($"A control frame's list '{name}' has an item of the wrong type."))];
}
