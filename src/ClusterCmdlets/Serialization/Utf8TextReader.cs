using System.Buffers;
using System.Text;

namespace Cluster.Serialization;

/// <summary>
/// Gives the JSON reader the characters of UTF-8 bytes, decoded straight into its buffer. The bytes are copied once,
/// into a rented array, because the reader outlives the call that has them on the stack.
/// </summary>
/// <remarks>Reusable: <see cref="Begin"/>, reads, <see cref="End"/>, again. One thread at a time.</remarks>
internal sealed class Utf8TextReader : TextReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Decoder _decoder = Strict.GetDecoder();
    private byte[] _bytes = [];
    private int _start;
    private int _end;
    private char? _second;

    /// <summary>Takes the bytes of a text.</summary>
    public void Begin(ReadOnlySpan<byte> utf8)
    {
        _bytes = ArrayPool<byte>.Shared.Rent(utf8.Length);
        utf8.CopyTo(_bytes);
        _start = 0;
        _end = utf8.Length;
        _second = null;
    }

    /// <summary>Lets go of the bytes, read or not.</summary>
    public void End()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        _start = _end = 0;
        _decoder.Reset();
    }

    /// <inheritdoc/>
    /// <exception cref="DecoderFallbackException">The bytes are not UTF-8.</exception>
    public override int Read(char[] buffer, int index, int count)
    {
        if (_start == 0 && _end <= count)
        {
            // The usual small text, in one go and without the decoder's state.
            _start = _end;
            return Strict.GetChars(_bytes, 0, _end, buffer, index);
        }

        if (_second is { } second)
        {
            _second = null;
            buffer[index] = second;
            return 1;
        }

        if (count == 1)
        {
            // There may be room for one character only where the next is a pair.
            Span<char> pair = stackalloc char[2];
            var read = Decode(pair);
            buffer[index] = pair[0];
            _second = read == 2 ? pair[1] : null;
            return Math.Min(read, 1);
        }

        return Decode(buffer.AsSpan(index, count));
    }

    private int Decode(Span<char> chars)
    {
        var count = 0;
        while (count == 0 && _start < _end)
        {
            // Ending the bytes ends the text, so half a character there is an error too.
            _decoder.Convert(_bytes.AsSpan(_start, _end - _start), chars, flush: true, out var used, out count, out _);
            _start += used;
        }

        return count;
    }

    /// <summary>Not needed by the JSON reader, which reads blocks.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override int Read() => throw new NotSupportedException();

    /// <summary>Not needed by the JSON reader, which reads blocks.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override int Peek() => throw new NotSupportedException();
}
