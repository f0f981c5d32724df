using System.Text.Json;

namespace Cluster.Serialization;

/// <summary>
/// Caches the keys of recent messages, so that equal names share one string. Fixed in size: a key whose place is taken by
/// two others replaces the older one, so no sender can make the cache grow.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class DecodedNameCache
{
    private const int Slots = 512;
    private const int LongestKept = 64;
    private readonly ReadKey?[] _keys = new ReadKey?[Slots];

    /// <summary>The key that a reader is at.</summary>
    /// <param name="json">At the name of a property, in one piece.</param>
    /// <exception cref="InvalidOperationException">It is not UTF-8.</exception>
    public ReadKey Get(ref Utf8JsonReader json)
    {
        var utf8 = json.ValueSpan;
        if (utf8.Length > LongestKept || json.ValueIsEscaped)
        {
            return new ReadKey(json.GetString()!, []);
        }

        var hash = (uint)utf8.Length;
        foreach (var unit in utf8)
        {
            hash = (hash * 31) + unit;
        }

        // Keys of one message may share a place and recur with every message: there is room for two, the latest first.
        var first = (hash ^ (hash >> 9)) % Slots & ~1u;
        var second = first + 1;
        if (_keys[first] is not { } key || !utf8.SequenceEqual(key.Utf8))
        {
            (key, _keys[second]) = (_keys[second], _keys[first]);
            if (key is null || !utf8.SequenceEqual(key.Utf8))
            {
                key = new ReadKey(json.GetString()!, utf8.ToArray());
            }

            _keys[first] = key;
        }

        return key;
    }
}
