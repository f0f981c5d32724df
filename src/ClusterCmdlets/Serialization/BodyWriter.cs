using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Runtime.CompilerServices;

namespace Cluster.Serialization;

/// <summary>
/// Turns any PowerShell value into the body of a message. In short: plain JSON for the types of JSON,
/// <see cref="WireTag"/> for other known types, and properties for objects.
/// </summary>
/// <remarks>
/// Called on the pipeline thread, where script properties can run; several threads with a pipeline each may write at
/// the same time.
/// </remarks>
internal static class BodyWriter
{
    // Thread-static storage is looked up once per body, as each look-up is slow.
    [ThreadStatic]
    private static StrongBox<ValueWriter?>? s_idle;

    /// <summary>Writes a value and returns how it is encoded.</summary>
    /// <param name="value">The value; a <see cref="PSObject"/> is unwrapped.</param>
    /// <param name="output">Where the bytes go. After an exception it may hold part of the value, which must be dropped.</param>
    /// <param name="limits">The bounds of depth and size.</param>
    /// <param name="maps">Whether maps are told apart, which the reader must know.</param>
    /// <exception cref="BodyNotSerializableException">The value cannot be sent.</exception>
    public static BodyEncoding Write(
        object? value, IBufferWriter<byte> output, BodyLimits limits, MapStyle maps = MapStyle.PSObject)
    {
        if (TryGetRaw(value, out var bytes))
        {
            if (bytes.Length > limits.MaxBytes)
            {
                throw new BodyNotSerializableException(
                    BodyRefusal.TooLarge,
                    "$",
                    string.Create(CultureInfo.InvariantCulture, $"has {bytes.Length} bytes, over the limit of {limits.MaxBytes}"));
            }

            output.Write(bytes);
            return BodyEncoding.Raw;
        }

        // A property may run a script that sends a message on this same thread, which must not find this writer idle.
        var idle = s_idle ??= new StrongBox<ValueWriter?>();
        var writer = idle.Value ?? new ValueWriter();
        idle.Value = null;
        try
        {
            writer.WriteBody(value, output, limits, maps);
            idle.Value = writer;
            return BodyEncoding.Json;
        }
        finally
        {
            if (idle.Value != writer)
            {
                writer.Dispose();
            }
        }
    }

    /// <summary>Whether a value is a top-level byte array, whose bytes are the body, for a caller that can send them
    /// without a copy. The size is not checked.</summary>
    public static bool TryGetRaw(object? value, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = (value is PSObject wrapper ? wrapper.BaseObject : value) as byte[];
        return bytes is not null;
    }
}
