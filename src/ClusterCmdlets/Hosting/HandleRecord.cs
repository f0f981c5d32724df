using System.Buffers.Binary;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>One record on a handle channel.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Listener">The listener that it is about; 0 for none.</param>
/// <param name="Id">The connection, or what the kind says.</param>
/// <param name="HasHandle">Whether a handle comes with it.</param>
/// <param name="Closed">How many connections of the listener were closed since the last record that said so.</param>
internal readonly record struct HandleRecord(HandleRecordKind Kind, int Listener, long Id, bool HasHandle = false, ushort Closed = 0)
{
    /// <summary>The size of every record, in bytes.</summary>
    public const int Size = 16;

    /// <summary>Reads a record.</summary>
    /// <param name="source">Its bytes.</param>
    /// <returns>The record.</returns>
    /// <exception cref="ProtocolException">The bytes are not a record.</exception>
    public static HandleRecord Read(ReadOnlySpan<byte> source)
    {
        var record = new HandleRecord(
            (HandleRecordKind)source[0], BinaryPrimitives.ReadInt32LittleEndian(source[4..]), BinaryPrimitives.ReadInt64LittleEndian(source[8..]), source[1] == 1, BinaryPrimitives.ReadUInt16LittleEndian(source[2..]));
        return Enum.IsDefined(record.Kind) && source[1] <= 1 ? record : throw new ProtocolException("A record on a handle channel is malformed.");
    }

    /// <summary>Writes the record.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        destination[..Size].Clear();
        destination[0] = (byte)Kind;
        destination[1] = HasHandle ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], Closed);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], Listener);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Id);
    }
}
