using System.Buffers;
using System.Text;

namespace Cluster.Serialization;

/// <summary>
/// Collects the small pieces of text that a JSON writer produces and encodes them as UTF-8 into a buffer writer, a few
/// thousand characters at a time, without strings in between.
/// </summary>
/// <remarks>Reusable: <see cref="Begin"/>, text, <see cref="Finish"/>, again. One thread at a time.</remarks>
internal sealed class Utf8TextWriter : TextWriter
{
    private const int BufferLength = 4096;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly char[] _chars = new char[BufferLength];
    private int _count;
    private IBufferWriter<byte>? _output;
    private long _bytes;
    private long _maxBytes;

    /// <inheritdoc/>
    public override Encoding Encoding => Strict;

    /// <summary>Starts a text. Forgets what an unfinished one has left.</summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="maxBytes">How many bytes the text may have.</param>
    public void Begin(IBufferWriter<byte> output, int maxBytes)
    {
        _output = output;
        _maxBytes = maxBytes;
        _bytes = 0;
        _count = 0;
    }

    /// <summary>Ends the text: everything is in the output now.</summary>
    /// <exception cref="Utf8LimitException">The text has more bytes than allowed.</exception>
    public void Finish()
    {
        Encode(_count);
        _count = 0;
        _output = null;
    }

    /// <inheritdoc/>
    public override void Write(char value)
    {
        if (_count == BufferLength)
        {
            MakeRoom();
        }

        _chars[_count++] = value;
    }

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        while (buffer.Length > BufferLength - _count)
        {
            var part = BufferLength - _count;
            buffer[..part].CopyTo(_chars.AsSpan(_count));
            _count = BufferLength;
            buffer = buffer[part..];
            MakeRoom();
        }

        buffer.CopyTo(_chars.AsSpan(_count));
        _count += buffer.Length;
    }

    /// <summary>Does nothing: bytes leave when the buffer is full and at <see cref="Finish"/>.</summary>
    public override void Flush()
    {
    }

    private void MakeRoom()
    {
        // The halves of a surrogate pair are encoded together.
        var last = _chars[_count - 1];
        var kept = char.IsHighSurrogate(last) ? 1 : 0;
        Encode(_count - kept);
        _chars[0] = last;
        _count = kept;
    }

    private void Encode(int count)
    {
        if (count == 0)
        {
            return;
        }

        var output = _output ?? throw new InvalidOperationException("No text has been started.");
        var written = Strict.GetBytes(_chars.AsSpan(0, count), output.GetSpan(Strict.GetMaxByteCount(count)));
        _bytes += written;
        if (_bytes > _maxBytes)
        {
            throw new Utf8LimitException();
        }

        output.Advance(written);
    }
}
