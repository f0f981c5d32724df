using System.Buffers.Binary;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>The payload of an acknowledge frame: 8 bytes correlation, 4 bytes peer, little-endian.</summary>
/// <param name="Correlation">The message, by the number that its sender gave it.</param>
/// <param name="Peer">The worker that sent it, if it came through the master; otherwise 0.</param>
internal readonly record struct Acknowledgement(long Correlation, int Peer)
{
    /// <summary>The size of the payload.</summary>
    public const int Size = sizeof(long) + sizeof(int);

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The acknowledgement.</returns>
    /// <exception cref="ProtocolException">It has another size.</exception>
    public static Acknowledgement Read(ReadOnlySpan<byte> payload) =>
        payload.Length == Size
            ? new Acknowledgement(BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadInt32LittleEndian(payload[sizeof(long)..]))
            : throw new ProtocolException("An acknowledgement has the wrong size.");

    /// <summary>A message has been read: its sender gets credit, and an acknowledgement if it asked for one.</summary>
    /// <param name="channel">The channel that the message arrived on.</param>
    /// <param name="frame">The message.</param>
    public static void ReturnCredit(Channel channel, in Frame frame)
    {
        channel.ReturnCredit(frame);
        if (frame.Kind == FrameKind.Message && frame.Header.Correlation != 0)
        {
            // A message that was acknowledged must not count as lost when the receiver dies.
            channel.FlushCredit();
            channel.Writer.WriteControl(ControlKind.Acknowledge, new Acknowledgement(frame.Header.Correlation, frame.Header.Peer).Write());
        }
    }

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
