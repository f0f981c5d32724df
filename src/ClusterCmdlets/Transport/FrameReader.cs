using System.Buffers.Binary;
using System.Net.Sockets;

namespace Cluster.Transport;

/// <summary>
/// Takes frames off a stream: 4-byte little-endian length of what follows, 1-byte kind, payload; a data
/// frame's payload starts with a 2-byte header length and a <see cref="DataHeader"/>. For one thread.
/// </summary>
/// <remarks>
/// Memory follows the bytes that have arrived, not the length that was announced, so that a forged length
/// costs its sender more than the reader.
/// </remarks>
internal sealed class FrameReader
{
    /// <summary>The length field.</summary>
    public const int LengthSize = sizeof(int);

    private const int KindSize = sizeof(byte);
    private const int HeaderLengthSize = sizeof(ushort);
    private const int BufferSize = 64 * 1024;
    private const int FirstAllocation = 1024 * 1024;

    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    /// <summary>Reads from a stream, which stays the caller's to dispose.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="maxFrameBytes">The longest frame that is accepted, kind and payload.</param>
    public FrameReader(Stream stream, int maxFrameBytes)
    {
        _stream = stream;
        MaxFrameBytes = maxFrameBytes;
    }

    /// <summary>The longest frame that is accepted: kind and payload, in bytes.</summary>
    public int MaxFrameBytes { get; set; }

    /// <summary>Blocks until a whole frame has arrived.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>False at the end of the stream between two frames.</returns>
    /// <exception cref="ProtocolException">Unknown kind, forged length, malformed header.</exception>
    /// <exception cref="EndOfStreamException">The stream ended inside a frame.</exception>
    /// <exception cref="IOException">The pipe broke.</exception>
    public bool TryRead(out Frame frame)
    {
        frame = default;
        if (!Fill(LengthSize + KindSize, endIsNormal: true))
        {
            return false;
        }

        var head = _buffer.AsSpan(_start);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head);
        var kind = (FrameKind)head[LengthSize];
        if (length < KindSize || length > (uint)MaxFrameBytes)
        {
            throw new ProtocolException($"A frame announces {length} bytes; the limit is {MaxFrameBytes}.");
        }

        if (!Enum.IsDefined(kind))
        {
            throw new ProtocolException($"A frame has the unknown kind {(byte)kind}.");
        }

        _start += LengthSize + KindSize;
        var remaining = (int)length - KindSize;
        var header = default(DataHeader);
        if (Frame.IsData(kind))
        {
            header = ReadHeader(ref remaining);
        }

        frame = new Frame(kind, header, ReadBody(remaining));
        return true;
    }

    private DataHeader ReadHeader(ref int remaining)
    {
        if (remaining < HeaderLengthSize)
        {
            throw new ProtocolException("A data frame is too short for its header.");
        }

        Fill(HeaderLengthSize, endIsNormal: false);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(_start));
        if (size > DataHeader.MaxSize || size > remaining - HeaderLengthSize)
        {
            throw new ProtocolException($"A data frame announces a header of {size} bytes.");
        }

        _start += HeaderLengthSize;
        Fill(size, endIsNormal: false);
        var header = DataHeader.Read(_buffer.AsSpan(_start, size));
        _start += size;
        remaining -= HeaderLengthSize + size;
        return header;
    }

    private byte[] ReadBody(int length)
    {
        if (length == 0)
        {
            return [];
        }

        var body = GC.AllocateUninitializedArray<byte>(Math.Min(length, FirstAllocation));
        var have = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, have).CopyTo(body);
        _start += have;

        // A short rest is read through the buffer, together with the frames behind it; a long one straight
        // into its place.
        if (have < length && length - have <= BufferSize / 2)
        {
            var rest = length - have;
            Fill(rest, endIsNormal: false);
            if (body.Length < length)
            {
                Array.Resize(ref body, length);
            }

            _buffer.AsSpan(_start, rest).CopyTo(body.AsSpan(have));
            _start += rest;
            return body;
        }

        while (have < length)
        {
            if (have == body.Length)
            {
                Array.Resize(ref body, (int)Math.Min(length, body.Length * 4L));
            }

            var read = Read(body, have, body.Length - have);
            if (read == 0)
            {
                throw new EndOfStreamException("The channel ended inside a frame.");
            }

            have += read;
        }

        return body;
    }

    /// <summary>Makes the buffer hold at least <paramref name="count"/> unread bytes.</summary>
    private bool Fill(int count, bool endIsNormal)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        if (BufferSize - _start < count || _start == _end)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }

        while (_end - _start < count)
        {
            var read = Read(_buffer, _end, BufferSize - _end);
            if (read == 0)
            {
                return endIsNormal && _end == _start
                    ? false
                    : throw new EndOfStreamException("The channel ended inside a frame.");
            }

            _end += read;
        }

        return true;
    }

    /// <summary>
    /// A Unix socket whose other side ended without reading all that it was sent gives this error in place of the end,
    /// after everything that the other side had sent.
    /// </summary>
    private int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            return _stream.Read(buffer, offset, count);
        }
        catch (IOException exception) when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return 0;
        }
    }
}
