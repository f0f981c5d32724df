using System.Buffers.Binary;

namespace Cluster.Transport;

/// <summary>The payload of a credit frame: messages (4 bytes) and bytes (8 bytes), little-endian.</summary>
internal static class CreditPayload
{
    /// <summary>The payload's size.</summary>
    public const int Size = sizeof(int) + sizeof(long);

    /// <summary>Writes the payload.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <param name="messages">Messages consumed since the last credit frame.</param>
    /// <param name="bytes">The bytes of their bodies.</param>
    public static void Write(Span<byte> destination, int messages, long bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, messages);
        BinaryPrimitives.WriteInt64LittleEndian(destination[sizeof(int)..], bytes);
    }

    /// <summary>Reads the payload.</summary>
    /// <param name="source">The payload.</param>
    /// <returns>Messages and bytes.</returns>
    /// <exception cref="ProtocolException">The size is wrong.</exception>
    public static (int Messages, long Bytes) Read(ReadOnlySpan<byte> source) =>
        source.Length == Size
            ? (BinaryPrimitives.ReadInt32LittleEndian(source), BinaryPrimitives.ReadInt64LittleEndian(source[sizeof(int)..]))
            : throw new ProtocolException("A credit frame has the wrong size.");
}
