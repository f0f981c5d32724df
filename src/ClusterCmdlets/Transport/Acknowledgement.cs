using System.Buffers.Binary;

namespace Cluster.Transport;

/// <summary>The payload of an acknowledge frame: 8 bytes correlation, 4 bytes peer, little-endian.</summary>
/// <param name="Correlation">The message, as its sender named it.</param>
/// <param name="Peer">The worker that sent it, when it came by way of the master; else 0.</param>
internal readonly record struct Acknowledgement(long Correlation, int Peer)
{
    private const int Size = sizeof(long) + sizeof(int);

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ProtocolException">It has another size.</exception>
    public static Acknowledgement Read(ReadOnlySpan<byte> payload) =>
        payload.Length == Size
            ? new Acknowledgement(BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadInt32LittleEndian(payload[sizeof(long)..]))
            : throw new ProtocolException("An acknowledgement has the wrong size.");

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write()
    {
        var payload = new byte[Size];
        BinaryPrimitives.WriteInt64LittleEndian(payload, Correlation);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(sizeof(long)), Peer);
        return payload;
    }
}
