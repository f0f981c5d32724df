using System.Buffers.Binary;
using Cluster.Transport;

namespace Cluster.Machines.Link;

/// <summary>
/// What goes from machine to machine in one message of the bus: a piece of one stream, and how far the other direction of that stream
/// has come. Little-endian: kind (1), stream (4), offset of the piece (8), received (8), consumed (8), the piece. Immutable.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Stream">The stream's number.</param>
/// <param name="Offset">Where in the stream the piece begins, in bytes.</param>
/// <param name="Received">Up to where the sender of the packet has all of the other direction.</param>
/// <param name="Consumed">Up to where that has been read.</param>
/// <param name="Piece">The bytes.</param>
internal readonly record struct LinkPacket(LinkPacketKind Kind, int Stream, long Offset, long Received, long Consumed, ReadOnlyMemory<byte> Piece)
{
    /// <summary>The bytes before the piece.</summary>
    public const int HeaderSize = 1 + sizeof(int) + (3 * sizeof(long));

    /// <summary>The longest piece.</summary>
    public const int MaxPiece = 256 * 1024;

    /// <summary>Writes a packet.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="stream">The stream's number.</param>
    /// <param name="offset">Where the piece begins.</param>
    /// <param name="received">Up to where the other direction has arrived.</param>
    /// <param name="consumed">Up to where that has been read.</param>
    /// <param name="piece">The bytes; they are copied.</param>
    /// <returns>The packet.</returns>
    public static byte[] Write(LinkPacketKind kind, int stream, long offset, long received, long consumed, ReadOnlySpan<byte> piece)
    {
        var packet = GC.AllocateUninitializedArray<byte>(HeaderSize + piece.Length);
        packet[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(packet.AsSpan(1), stream);
        BinaryPrimitives.WriteInt64LittleEndian(packet.AsSpan(5), offset);
        BinaryPrimitives.WriteInt64LittleEndian(packet.AsSpan(13), received);
        BinaryPrimitives.WriteInt64LittleEndian(packet.AsSpan(21), consumed);
        piece.CopyTo(packet.AsSpan(HeaderSize));
        return packet;
    }

    /// <summary>Reads a packet.</summary>
    /// <param name="packet">The message.</param>
    /// <returns>The packet; its piece is a part of the message.</returns>
    /// <exception cref="ProtocolException">It is none.</exception>
    public static LinkPacket Read(ReadOnlyMemory<byte> packet)
    {
        var head = packet.Span;
        if (head.Length is < HeaderSize or > HeaderSize + MaxPiece || head[0] > (byte)LinkPacketKind.Resend)
        {
            throw new ProtocolException($"A packet of {head.Length} bytes is none.");
        }

        var read = new LinkPacket(
            (LinkPacketKind)head[0],
            BinaryPrimitives.ReadInt32LittleEndian(head[1..]),
            BinaryPrimitives.ReadInt64LittleEndian(head[5..]),
            BinaryPrimitives.ReadInt64LittleEndian(head[13..]),
            BinaryPrimitives.ReadInt64LittleEndian(head[21..]),
            packet[HeaderSize..]);
        return read.Offset >= 0 && read.Consumed >= 0 && read.Received >= read.Consumed
            ? read
            : throw new ProtocolException("A packet has numbers that cannot be.");
    }
}
