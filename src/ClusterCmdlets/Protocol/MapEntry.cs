using System.Buffers.Binary;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>
/// One entry of a map results frame. The payload of that is 8 bytes correlation of the batch and then entries: 1 byte kind, 4 bytes position of
/// the item in its batch, 4 bytes length, and the bytes. Integers are little-endian. The entries of an item come in the order in which it has
/// written them.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">The item's position in its batch; -1 for what a <c>begin</c> or <c>end</c> block has written.</param>
/// <param name="Body">Its bytes.</param>
internal readonly record struct MapEntry(MapEntryKind Kind, int Position, ReadOnlyMemory<byte> Body)
{
    /// <summary>The position of what belongs to no item.</summary>
    public const int NoItem = -1;

    /// <summary>What the payload has before the entries.</summary>
    public const int HeadSize = sizeof(long);

    /// <summary>What an entry needs beside its bytes.</summary>
    public const int Overhead = sizeof(byte) + sizeof(int) + sizeof(int);

    /// <summary>The size of the body of <see cref="MapEntryKind.Done"/>.</summary>
    public const int DoneSize = sizeof(byte) + sizeof(long);

    /// <summary>How the item has ended, of a <see cref="MapEntryKind.Done"/>.</summary>
    public MapItemOutcome Outcome => (MapItemOutcome)Body.Span[0];

    /// <summary>How long it took, of a <see cref="MapEntryKind.Done"/>.</summary>
    public TimeSpan Duration => new(BinaryPrimitives.ReadInt64LittleEndian(Body.Span[1..]));

    /// <summary>Writes the head of an entry.</summary>
    /// <param name="destination">At least <see cref="Overhead"/> bytes.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="position">The item's position in its batch.</param>
    /// <param name="length">The length of the body, which follows.</param>
    public static void WriteHead(Span<byte> destination, MapEntryKind kind, int position, int length)
    {
        destination[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(destination[1..], position);
        BinaryPrimitives.WriteInt32LittleEndian(destination[(1 + sizeof(int))..], length);
    }

    /// <summary>Writes the body of a <see cref="MapEntryKind.Done"/>.</summary>
    /// <param name="destination">At least <see cref="DoneSize"/> bytes.</param>
    /// <param name="outcome">How the item has ended.</param>
    /// <param name="duration">How long it took.</param>
    public static void WriteDone(Span<byte> destination, MapItemOutcome outcome, TimeSpan duration)
    {
        destination[0] = (byte)outcome;
        BinaryPrimitives.WriteInt64LittleEndian(destination[1..], duration.Ticks);
    }

    /// <summary>Takes the next entry off the rest of a payload.</summary>
    /// <param name="rest">The rest, behind the correlation.</param>
    /// <param name="count">How many items the batch has.</param>
    /// <returns>The entry.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static MapEntry Take(ref ReadOnlyMemory<byte> rest, int count)
    {
        var head = rest.Span;
        var length = head.Length < Overhead ? -1 : BinaryPrimitives.ReadInt32LittleEndian(head[(1 + sizeof(int))..]);
        if (length < 0 || length > head.Length - Overhead)
        {
            throw new ProtocolException("The results of a map are malformed.");
        }

        var entry = new MapEntry((MapEntryKind)head[0], BinaryPrimitives.ReadInt32LittleEndian(head[1..]), rest.Slice(Overhead, length));
        var isValid = entry.Kind is >= MapEntryKind.Output and <= MapEntryKind.Done && entry.Position >= NoItem && entry.Position < count
            && (entry.Kind != MapEntryKind.Done || (entry.Position != NoItem && length == DoneSize && entry.Outcome <= MapItemOutcome.TimedOut));
        rest = isValid ? rest[(Overhead + length)..] : throw new ProtocolException("The results of a map have an unknown entry.");
        return entry;
    }
}
