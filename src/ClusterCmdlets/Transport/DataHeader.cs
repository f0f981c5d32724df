using System.Buffers.Binary;
using System.Text;

namespace Cluster.Transport;

/// <summary>
/// The binary head of a data frame, before its body. It is read by the thread that reads the pipe, so that
/// routing, filtering and counting never parse a body. Layout in <c>docs/protocol.md</c>.
/// </summary>
/// <param name="Sequence">Counts the sender's data frames on this channel from 1.</param>
/// <param name="SentAt">When it was sent, UTC.</param>
/// <param name="IsRaw">The body is bytes, not JSON.</param>
/// <param name="Topic">The sender's topic, or null. At most <see cref="MaxTopicBytes"/> bytes of UTF-8.</param>
/// <param name="Peer">Towards the master: the id of the worker it is meant for; towards a worker: the id of
/// the sibling it came from. 0 means the master itself.</param>
/// <param name="Correlation">Names a request to its sender, who gets it back with the reply or with the
/// acknowledgement; 0 for none.</param>
/// <param name="Handle">The sender's number of the handle that belongs to the message and goes by the handle channel; 0 for none.</param>
internal readonly record struct DataHeader(
    long Sequence, DateTime SentAt, bool IsRaw, string? Topic = null, int Peer = 0, long Correlation = 0, long Handle = 0)
{
    /// <summary>The longest topic, in bytes of UTF-8.</summary>
    public const int MaxTopicBytes = 1024;

    /// <summary>The longest header: fixed part and topic.</summary>
    public const int MaxSize = FixedSize + (2 * sizeof(long)) + sizeof(ushort) + MaxTopicBytes;

    private const int FixedSize = sizeof(byte) + sizeof(long) + sizeof(long) + sizeof(int);
    private const byte RawFlag = 1;
    private const byte TopicFlag = 2;
    private const byte CorrelationFlag = 4;
    private const byte HandleFlag = 8;
    private const byte KnownFlags = RawFlag | TopicFlag | CorrelationFlag | HandleFlag;

    /// <summary>Writes the header and returns its size.</summary>
    /// <param name="destination">At least <see cref="MaxSize"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        var flags = (IsRaw ? RawFlag : 0) | (Topic is null ? 0 : TopicFlag) | (Correlation == 0 ? 0 : CorrelationFlag) | (Handle == 0 ? 0 : HandleFlag);
        destination[0] = (byte)flags;
        BinaryPrimitives.WriteInt64LittleEndian(destination[1..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(destination[9..], SentAt.Ticks);
        BinaryPrimitives.WriteInt32LittleEndian(destination[17..], Peer);
        var size = FixedSize;
        if (Correlation != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(destination[size..], Correlation);
            size += sizeof(long);
        }

        if (Handle != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(destination[size..], Handle);
            size += sizeof(long);
        }

        if (Topic is not null)
        {
            var length = Encoding.UTF8.GetBytes(Topic, destination.Slice(size + sizeof(ushort), MaxTopicBytes));
            BinaryPrimitives.WriteUInt16LittleEndian(destination[size..], (ushort)length);
            size += sizeof(ushort) + length;
        }

        return size;
    }

    /// <summary>Reads a header that fills the whole of <paramref name="source"/>.</summary>
    /// <param name="source">The header's bytes.</param>
    /// <returns>The header.</returns>
    /// <exception cref="ProtocolException">The bytes are not a header.</exception>
    public static DataHeader Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < FixedSize || (source[0] & ~KnownFlags) != 0)
        {
            throw new ProtocolException("A data frame has a malformed header.");
        }

        var ticks = BinaryPrimitives.ReadInt64LittleEndian(source[9..]);
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
        {
            throw new ProtocolException("A data frame has an impossible time.");
        }

        var rest = source[FixedSize..];
        var correlation = (source[0] & CorrelationFlag) == 0 ? 0 : ReadNumber(ref rest, "correlation");
        var handle = (source[0] & HandleFlag) == 0 ? 0 : ReadNumber(ref rest, "number of a handle");
        string? topic = null;
        if ((source[0] & TopicFlag) != 0)
        {
            if (rest.Length < sizeof(ushort)
                || rest.Length != sizeof(ushort) + BinaryPrimitives.ReadUInt16LittleEndian(rest))
            {
                throw new ProtocolException("A data frame has a malformed topic.");
            }

            topic = Encoding.UTF8.GetString(rest[sizeof(ushort)..]);
        }
        else if (!rest.IsEmpty)
        {
            throw new ProtocolException("A data frame's header is longer than its fields.");
        }

        return new DataHeader(
            BinaryPrimitives.ReadInt64LittleEndian(source[1..]),
            new DateTime(ticks, DateTimeKind.Utc),
            (source[0] & RawFlag) != 0,
            topic,
            BinaryPrimitives.ReadInt32LittleEndian(source[17..]),
            correlation,
            handle);
    }

    private static long ReadNumber(ref ReadOnlySpan<byte> rest, string name)
    {
        if (rest.Length < sizeof(long))
        {
            throw new ProtocolException($"A data frame has a malformed {name}.");
        }

        var number = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[sizeof(long)..];
        return number;
    }
}
