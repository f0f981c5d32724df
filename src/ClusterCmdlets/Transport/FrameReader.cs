using System.Buffers.Binary;
using System.Net.Sockets;

namespace Cluster.Transport;

/// <summary>
/// Takes frames off a stream: 4-byte little-endian length of what follows, 1-byte kind, payload; a data
/// frame's payload starts with a 2-byte header length and a <see cref="DataHeader"/>. It reads only when told to, one
/// read at a time, so that a thread can stop in the middle of a frame and another one can go on. One thread at a time.
/// </summary>
/// <remarks>
/// Memory follows the bytes that have arrived, not the length that was announced, so that a forged length
/// costs its sender more than the reader.
/// </remarks>
internal sealed class FrameReader
{
    /// <summary>The length field.</summary>
    public const int LengthSize = sizeof(int);

    /// <summary>The kind field.</summary>
    public const int KindSize = sizeof(byte);

    private const int HeaderLengthSize = sizeof(ushort);
    private const int BufferSize = 64 * 1024;

    /// <summary>Memory for a whole large body is allocated only after this many bytes of it have arrived.</summary>
    private const int FirstAllocation = 1024 * 1024;

    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[BufferSize];
    private FrameTable _kinds;
    private int _start;
    private int _end;

    // A frame that is longer than the buffer, while its body arrives.
    private byte[]? _body;
    private int _bodyLength;
    private int _bodyHave;
    private FrameKind _kind;
    private DataHeader _header;

    /// <summary>Reads from a stream, which the caller disposes.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="kinds">The kinds of frame that are accepted, and how large each may be.</param>
    /// <param name="maxFrameBytes">The longest frame that is accepted, kind and payload.</param>
    public FrameReader(Stream stream, FrameTable kinds, int maxFrameBytes)
    {
        _stream = stream;
        _kinds = kinds;
        MaxFrameBytes = maxFrameBytes;
    }

    /// <summary>The longest frame that is accepted: kind and payload, in bytes.</summary>
    public int MaxFrameBytes { get; set; }

    /// <summary>Changes which frames are accepted, from the next one that is taken on.</summary>
    /// <param name="kinds">The kinds of frame that are accepted from now on.</param>
    /// <param name="maxFrameBytes">The longest frame that is accepted from now on.</param>
    public void Accept(FrameTable kinds, int maxFrameBytes)
    {
        _kinds = kinds;
        MaxFrameBytes = maxFrameBytes;
    }

    /// <summary>Blocks until a whole frame has arrived.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>False at the end of the stream between two frames.</returns>
    /// <exception cref="ProtocolException">A kind that is not accepted, a forged length, a malformed header.</exception>
    /// <exception cref="EndOfStreamException">The stream ended inside a frame.</exception>
    /// <exception cref="IOException">The pipe broke.</exception>
    public bool TryRead(out Frame frame)
    {
        while (!TryTake(out frame))
        {
            if (!Receive())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes the next frame if all of it has been received.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>False if more must be received first.</returns>
    /// <exception cref="ProtocolException">A kind that is not accepted, a forged length, a malformed header.</exception>
    public bool TryTake(out Frame frame)
    {
        frame = default;
        if (_body is not null)
        {
            return TryTakeLarge(ref frame);
        }

        if (_end - _start < LengthSize + KindSize)
        {
            return false;
        }

        var head = _buffer.AsSpan(_start);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head);
        var kind = (FrameKind)head[LengthSize];
        Check(length, kind);
        if (length > BufferSize - LengthSize)
        {
            return BeginLarge((int)length, kind) && TryTakeLarge(ref frame);
        }

        if (_end - _start < LengthSize + (int)length)
        {
            return false;
        }

        var payload = _buffer.AsSpan(_start + LengthSize + KindSize, (int)length - KindSize);
        _start += LengthSize + (int)length;
        var header = default(DataHeader);
        if (Frame.IsData(kind))
        {
            header = ReadHeader(payload, payload.Length, out var size);
            payload = payload[size..];
        }

        frame = new Frame(kind, header, payload.IsEmpty ? [] : payload.ToArray());
        return true;
    }

    /// <summary>Reads once from the stream; blocks while nothing has arrived.</summary>
    /// <returns>False at the end of the stream between two frames.</returns>
    /// <exception cref="EndOfStreamException">The stream ended inside a frame.</exception>
    /// <exception cref="IOException">The pipe broke.</exception>
    public bool Receive()
    {
        int read;
        if (_body is not null)
        {
            if (_bodyHave == _body.Length)
            {
                Grow(_bodyLength);
            }

            read = Read(_body, _bodyHave, _body.Length - _bodyHave);
            _bodyHave += read;
        }
        else
        {
            // The rest is the beginning of a frame that fits into the buffer.
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
            read = Read(_buffer, _end, BufferSize - _end);
            _end += read;
        }

        return read > 0
            || (_body is null && _start == _end ? false : throw new EndOfStreamException("The channel ended inside a frame."));
    }

    /// <summary>Takes what has been received and is no whole frame yet: the stream is read by others from now on.</summary>
    /// <returns>The bytes.</returns>
    public byte[] TakeRest()
    {
        var rest = _buffer[_start.._end];
        _start = _end = 0;
        return rest;
    }

    private void Check(uint length, FrameKind kind)
    {
        if (length < KindSize || length > (uint)MaxFrameBytes)
        {
            throw new ProtocolException($"A frame announces {length} bytes; the limit is {MaxFrameBytes}.");
        }

        _kinds.Check(kind, length - KindSize);
    }

    private static DataHeader ReadHeader(ReadOnlySpan<byte> received, int payloadLength, out int size)
    {
        if (payloadLength < HeaderLengthSize)
        {
            throw new ProtocolException("A data frame is too short for its header.");
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(received);
        if (length > DataHeader.MaxSize || length > payloadLength - HeaderLengthSize)
        {
            throw new ProtocolException($"A data frame announces a header of {length} bytes.");
        }

        size = HeaderLengthSize + length;
        return DataHeader.Read(received.Slice(HeaderLengthSize, length));
    }

    /// <summary>Takes length, kind and header off the buffer; the body goes straight into its place from then on.</summary>
    /// <returns>False if the header has not been received yet.</returns>
    private bool BeginLarge(int length, FrameKind kind)
    {
        var received = _buffer.AsSpan(_start + LengthSize + KindSize, _end - _start - LengthSize - KindSize);
        _header = default;
        var remaining = length - KindSize;
        var size = 0;
        if (Frame.IsData(kind))
        {
            if (received.Length < HeaderLengthSize + DataHeader.MaxSize
                && (received.Length < HeaderLengthSize
                    || received.Length < HeaderLengthSize + BinaryPrimitives.ReadUInt16LittleEndian(received)))
            {
                return false;
            }

            _header = ReadHeader(received, remaining, out size);
            remaining -= size;
        }

        _kind = kind;
        _bodyLength = remaining;
        _body = GC.AllocateUninitializedArray<byte>(Math.Min(remaining, FirstAllocation));
        _start += LengthSize + KindSize + size;
        _bodyHave = Math.Min(_end - _start, _body.Length);
        _buffer.AsSpan(_start, _bodyHave).CopyTo(_body);
        _start += _bodyHave;
        return true;
    }

    private bool TryTakeLarge(ref Frame frame)
    {
        if (_bodyHave < _bodyLength)
        {
            return false;
        }

        frame = new Frame(_kind, _header, _body!);
        _body = null;
        return true;
    }

    private void Grow(int length)
    {
        var larger = GC.AllocateUninitializedArray<byte>(length);
        HugePages.Advise(larger);
        Buffer.BlockCopy(_body!, 0, larger, 0, _bodyHave);
        _body = larger;
    }

    /// <summary>
    /// A Unix socket whose other side ended without reading everything that it was sent reports this error in place of the
    /// end, after everything that the other side had sent.
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
