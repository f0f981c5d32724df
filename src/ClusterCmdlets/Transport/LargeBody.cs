using System.Buffers;

namespace Cluster.Transport;

/// <summary>
/// A copy of a large body on its way, in memory that is used again when both the system has it and the receiver has
/// read it: fresh arrays of this size cost more than the copying, in pages and in full collections. Thread-safe.
/// </summary>
internal sealed class LargeBody
{
    /// <summary>Bodies from this size on; smaller ones go behind each other in one buffer.</summary>
    public const int MinBytes = 32 * 1024;

    private readonly byte[] _array;
    private readonly int _length;
    private int _holders = 2;

    private LargeBody(byte[] array, int length)
    {
        _array = array;
        _length = length;
    }

    /// <summary>The body, until both holders have let go.</summary>
    public ArraySegment<byte> Bytes => new(_array, 0, _length);

    /// <summary>Copies a body.</summary>
    /// <param name="body">The body.</param>
    /// <returns>The copy, held by the one who writes it and by the one who keeps it until it is read.</returns>
    public static LargeBody Copy(ReadOnlySpan<byte> body)
    {
        var array = ArrayPool<byte>.Shared.Rent(body.Length);
        HugePages.Advise(array);
        body.CopyTo(array);
        return new LargeBody(array, body.Length);
    }

    /// <summary>One of the holders needs it no more. A holder that never says so costs the memory's being used again.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
