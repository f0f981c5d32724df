using Newtonsoft.Json;

namespace Cluster.Serialization;

/// <summary>
/// Remembers the keys of the messages that came lately, so that each of the same name is the same string. Fixed in
/// size: a key that falls on another's place takes it, so no sender can make it grow.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class KeyCache : JsonNameTable
{
    private const int Slots = 512;
    private const int LongestKept = 64;
    private readonly string?[] _keys = new string?[Slots];

    /// <summary>The key that these characters spell.</summary>
    /// <returns><see langword="null"/> for keys too long to keep; the reader then makes the string itself.</returns>
    public override string? Get(char[] key, int start, int length)
    {
        if (length > LongestKept)
        {
            return null;
        }

        var chars = key.AsSpan(start, length);
        var hash = (uint)length;
        foreach (var c in chars)
        {
            hash = (hash * 31) + c;
        }

        ref var slot = ref _keys[(hash ^ (hash >> 9)) % Slots];
        if (slot is null || !chars.SequenceEqual(slot))
        {
            slot = chars.ToString();
        }

        return slot;
    }
}
