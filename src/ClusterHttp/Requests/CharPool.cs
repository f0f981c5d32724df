using System.Buffers;
using Newtonsoft.Json;

namespace Cluster.Http.Requests;

/// <summary>The shared pool of arrays, as Newtonsoft.Json asks for it. Thread-safe.</summary>
internal sealed class CharPool : IArrayPool<char>
{
    /// <summary>The only one.</summary>
    public static CharPool Shared { get; } = new();

    /// <inheritdoc/>
    public char[] Rent(int minimumLength) => ArrayPool<char>.Shared.Rent(minimumLength);

    /// <inheritdoc/>
    public void Return(char[]? array)
    {
        if (array is not null)
        {
            ArrayPool<char>.Shared.Return(array);
        }
    }
}
