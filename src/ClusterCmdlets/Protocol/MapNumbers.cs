using System.Buffers.Binary;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>
/// The payloads of map frames that are two numbers: of <see cref="ControlKind.MapTaken"/> the batch and the bytes that were taken, of
/// <see cref="ControlKind.MapReturn"/> the batch and the position of the first item that was not begun. 8 and 4 bytes, little-endian.
/// </summary>
/// <param name="Correlation">The batch, by the correlation of its frame.</param>
/// <param name="Number">Bytes, or a position; not negative.</param>
internal readonly record struct MapNumbers(long Correlation, int Number)
{
    /// <summary>The size of the payload.</summary>
    public const int Size = sizeof(long) + sizeof(int);

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The numbers.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static MapNumbers Read(ReadOnlySpan<byte> payload) =>
        payload.Length == Size && BinaryPrimitives.ReadInt32LittleEndian(payload[sizeof(long)..]) is >= 0 and var number
            ? new MapNumbers(BinaryPrimitives.ReadInt64LittleEndian(payload), number)
            : throw new ProtocolException("A frame of a map has the wrong size.");

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write()
    {
        var payload = new byte[Size];
        BinaryPrimitives.WriteInt64LittleEndian(payload, Correlation);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(sizeof(long)), Number);
        return payload;
    }
}
