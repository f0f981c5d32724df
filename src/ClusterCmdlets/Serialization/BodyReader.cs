using System.Runtime.CompilerServices;

namespace Cluster.Serialization;

/// <summary>
/// Turns the body of a message back into a value. The types that it can create are a fixed list; the data cannot name others. Time and memory are bounded by the number of bytes, whatever their content.
/// </summary>
/// <remarks>Called on the pipeline thread; several threads may read at the same time.</remarks>
internal static class BodyReader
{
    [ThreadStatic]
    private static StrongBox<ValueReader?>? s_idle;

    /// <summary>Reads a value.</summary>
    /// <param name="utf8">The bytes of the body, all of them.</param>
    /// <param name="encoding">How they are encoded, as <see cref="BodyWriter.Write"/> returned it.</param>
    /// <param name="maps">What maps and objects become.</param>
    /// <param name="limits">The bounds of depth and size.</param>
    /// <exception cref="BodyMalformedException">The bytes are not a body. No other exception is thrown, whatever the bytes.</exception>
    public static object? Read(ReadOnlySpan<byte> utf8, BodyEncoding encoding, MapStyle maps, BodyLimits limits)
    {
        if (utf8.Length > limits.MaxBytes)
        {
            throw new BodyMalformedException($"The body has {utf8.Length} bytes, over the limit of {limits.MaxBytes}.");
        }

        switch (encoding)
        {
            case BodyEncoding.Raw:
                return utf8.ToArray();
            case BodyEncoding.Json:
                var idle = s_idle ??= new StrongBox<ValueReader?>();
                var reader = idle.Value ?? new ValueReader();
                idle.Value = null;

                // Not reused after an exception: it may be in an inconsistent state.
                var value = reader.ReadBody(utf8, maps, limits);
                idle.Value = reader;
                return value;
            default:
                throw new BodyMalformedException($"The body's encoding is unknown: {(byte)encoding}.");
        }
    }
}
