using System.Buffers.Binary;

namespace Cluster.Transport;

/// <summary>
/// Frames that are pending: small ones one behind the other in a buffer, large bodies as arrays of their own, so that they
/// are copied only once. Not thread-safe.
/// </summary>
/// <param name="capacity">The bytes of small frames that it has room for at first.</param>
internal sealed class OutgoingBuffer(int capacity = OutgoingBuffer.FirstCapacity)
{
    private const int FirstCapacity = 16 * 1024;
    private const int KeptCapacity = 1024 * 1024;
    private readonly List<ArraySegment<byte>> _full = [];
    private readonly List<LargeBody> _large = [];
    private byte[] _buffer = new byte[capacity];
    private int _start;
    private int _end;

    /// <summary>Bytes that are pending.</summary>
    public long Count { get; private set; }

    /// <summary>Appends a control frame.</summary>
    /// <param name="kind">A control kind.</param>
    /// <param name="payload">The payload.</param>
    public void AppendControl(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var frame = Reserve(FrameReader.LengthSize + 1 + payload.Length);
        BinaryPrimitives.WriteInt32LittleEndian(frame, 1 + payload.Length);
        frame[FrameReader.LengthSize] = (byte)kind;
        payload.CopyTo(frame[(FrameReader.LengthSize + 1)..]);
    }

    /// <summary>Appends a data frame.</summary>
    /// <param name="message">The message. A large body is not copied, and is released when it has been written.</param>
    public void AppendData(in SentMessage message)
    {
        Span<byte> head = stackalloc byte[DataHeader.MaxSize];
        var size = message.Header.Write(head);
        var body = message.Body;
        var length = 1 + sizeof(ushort) + size + body.Count;
        var frame = Reserve(FrameReader.LengthSize + length - (message.Large is null ? 0 : body.Count));
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        frame[FrameReader.LengthSize] = (byte)message.Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[(FrameReader.LengthSize + 1)..], (ushort)size);
        frame = frame[(FrameReader.LengthSize + 1 + sizeof(ushort))..];
        head[..size].CopyTo(frame);
        if (message.Large is null)
        {
            body.AsSpan().CopyTo(frame[size..]);
            return;
        }

        CloseSegment();
        _full.Add(body);
        _large.Add(message.Large);
        Count += body.Count;
    }

    /// <summary>Appends the frames of another buffer.</summary>
    /// <param name="other">The other buffer.</param>
    public void Append(OutgoingBuffer other)
    {
        CloseSegment();
        other.CloseSegment();
        _full.AddRange(other._full);
        _large.AddRange(other._large);
        Count += other.Count;
    }

    /// <summary>Writes all frames and clears the buffer.</summary>
    /// <param name="stream">The stream.</param>
    public void WriteTo(Stream stream)
    {
        foreach (var segment in _full)
        {
            stream.Write(segment.Array!, segment.Offset, segment.Count);
        }

        if (_end > _start)
        {
            stream.Write(_buffer, _start, _end - _start);
        }

        foreach (var body in _large)
        {
            body.Release();
        }

        Clear();
    }

    /// <summary>Clears the buffer.</summary>
    public void Clear()
    {
        _full.Clear();
        _large.Clear();
        Count = 0;
        _start = 0;
        _end = 0;
        if (_buffer.Length > KeptCapacity)
        {
            _buffer = new byte[FirstCapacity];
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (_end + count > _buffer.Length)
        {
            // Closed segments keep the old array; only the open one moves.
            var open = _end - _start;
            var larger = new byte[Math.Max(open + count, _buffer.Length * 2L)];
            Buffer.BlockCopy(_buffer, _start, larger, 0, open);
            _buffer = larger;
            _start = 0;
            _end = open;
        }

        var span = _buffer.AsSpan(_end, count);
        _end += count;
        Count += count;
        return span;
    }

    private void CloseSegment()
    {
        if (_end > _start)
        {
            _full.Add(new ArraySegment<byte>(_buffer, _start, _end - _start));
            _start = _end;
        }
    }
}
