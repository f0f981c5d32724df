using System.Buffers;
using System.Buffers.Binary;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>
/// The body of a batch frame: 4 bytes number of the map, 1 byte that is 1 for the end of the map's input, 4 bytes number of items, and of each
/// item 1 byte that is 1 for bytes and 0 for JSON, 4 bytes length, and the bytes. Integers are little-endian. An end has no items: the worker
/// runs the <c>end</c> blocks.
/// </summary>
/// <param name="Map">The number of the map.</param>
/// <param name="IsEnd">Whether it is the end of the input.</param>
/// <param name="Items">The items.</param>
internal readonly record struct MapBatchBody(int Map, bool IsEnd, MapItemBody[] Items)
{
    /// <summary>What an item needs beside its bytes.</summary>
    public const int ItemOverhead = sizeof(byte) + sizeof(int);

    /// <summary>What a batch of one item needs beside its bytes.</summary>
    public const int LeastSize = HeadSize + ItemOverhead;

    private const int HeadSize = sizeof(int) + sizeof(byte) + sizeof(int);

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body; the items are parts of it.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static MapBatchBody Read(ReadOnlyMemory<byte> body)
    {
        var head = body.Span;
        if (head.Length < HeadSize)
        {
            throw Malformed();
        }

        var count = BinaryPrimitives.ReadInt32LittleEndian(head[(sizeof(int) + sizeof(byte))..]);
        if (count < 0 || count > (head.Length - HeadSize) / ItemOverhead || head[sizeof(int)] > 1)
        {
            throw Malformed();
        }

        var items = new MapItemBody[count];
        var rest = body[HeadSize..];
        for (var i = 0; i < count; i++)
        {
            var length = rest.Length < ItemOverhead ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest.Span[1..]);
            if (length < 0 || length > rest.Length - ItemOverhead || rest.Span[0] > 1)
            {
                throw Malformed();
            }

            items[i] = new MapItemBody(rest.Slice(ItemOverhead, length), rest.Span[0] == 1);
            rest = rest[(ItemOverhead + length)..];
        }

        return rest.IsEmpty ? new MapBatchBody(BinaryPrimitives.ReadInt32LittleEndian(head), head[sizeof(int)] == 1, items) : throw Malformed();
    }

    /// <summary>Writes the body.</summary>
    /// <param name="output">Where the bytes go.</param>
    public void Write(IBufferWriter<byte> output)
    {
        var head = output.GetSpan(HeadSize);
        BinaryPrimitives.WriteInt32LittleEndian(head, Map);
        head[sizeof(int)] = IsEnd ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(head[(sizeof(int) + sizeof(byte))..], Items.Length);
        output.Advance(HeadSize);
        foreach (var item in Items)
        {
            var span = output.GetSpan(ItemOverhead + item.Bytes.Length);
            span[0] = item.IsRaw ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteInt32LittleEndian(span[1..], item.Bytes.Length);
            item.Bytes.Span.CopyTo(span[ItemOverhead..]);
            output.Advance(ItemOverhead + item.Bytes.Length);
        }
    }

    private static ProtocolException Malformed() => new("A batch of a map is malformed.");
}
