using System.Text;

namespace Cluster.Hosting;

/// <summary>Decodes bytes that an encoding does not know by another one.</summary>
internal sealed class EncodingFallback : DecoderFallback
{
    private readonly Encoding _other;

    /// <summary>Names the other encoding.</summary>
    /// <param name="other">The encoding.</param>
    public EncodingFallback(Encoding other)
    {
        _other = other;
    }

    /// <inheritdoc/>
    public override int MaxCharCount => 4;

    /// <inheritdoc/>
    public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer(_other);

    private sealed class Buffer(Encoding other) : DecoderFallbackBuffer
    {
        private string _text = string.Empty;
        private int _next;

        public override int Remaining => _text.Length - _next;

        public override bool Fallback(byte[] bytesUnknown, int index)
        {
            _text = other.GetString(bytesUnknown);
            _next = 0;
            return _text.Length > 0;
        }

        public override char GetNextChar() => _next < _text.Length ? _text[_next++] : '\0';

        public override bool MovePrevious()
        {
            if (_next == 0)
            {
                return false;
            }

            _next--;
            return true;
        }

        public override void Reset()
        {
            _text = string.Empty;
            _next = 0;
        }
    }
}
