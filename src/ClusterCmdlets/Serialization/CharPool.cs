using System.Buffers;
using Newtonsoft.Json;

namespace Cluster.Serialization;

/// <summary>Lends the JSON reader and writer their buffers from the process's shared pool. Safe on any thread.</summary>
internal sealed class CharPool : IArrayPool<char>
{
    /// <summary>The one instance: it has no state.</summary>
    public static readonly CharPool Shared = new();

    private CharPool()
    {
    }

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
