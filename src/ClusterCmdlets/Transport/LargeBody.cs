using System.Buffers;

namespace Cluster.Transport;

/// <summary>
/// A copy of a large body on its way, in a pooled array that is returned when the system has taken it and the receiver has
/// read it: new arrays of this size cost more than the copying, in pages and in full collections. Thread-safe.
/// </summary>
internal sealed class LargeBody
{
    /// <summary>Bodies of at least this size; smaller ones share a buffer.</summary>
    public const int MinBytes = 32 * 1024;

    private readonly byte[] _array;
    private readonly int _length;
    private int _holders = 2;

    private LargeBody(byte[] array, int length)
    {
        _array = array;
        _length = length;
    }

    /// <summary>The body, until both holders have released it.</summary>
    public ArraySegment<byte> Bytes => new(_array, 0, _length);

    /// <summary>Copies a body.</summary>
    /// <param name="body">The body.</param>
    /// <returns>The copy, held by the writer and by the window of unread messages.</returns>
    public static LargeBody Copy(ReadOnlySpan<byte> body)
    {
        var array = ArrayPool<byte>.Shared.Rent(body.Length);
        HugePages.Advise(array);
        body.CopyTo(array);
        return new LargeBody(array, body.Length);
    }

    /// <summary>One of the two holders no longer needs it. If a holder never releases it, the array is collected instead of pooled.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
