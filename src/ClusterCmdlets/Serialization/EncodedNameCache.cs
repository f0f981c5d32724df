using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cluster.Serialization;

/// <summary>
/// Caches the JSON form of recently written property names: most messages have the same names as the one before. Fixed in size, as <see cref="DecodedNameCache"/> is.
/// </summary>
/// <param name="encoder">Escapes the characters of the names.</param>
/// <remarks>One thread at a time.</remarks>
internal sealed class EncodedNameCache(JavaScriptEncoder encoder)
{
    private const int Slots = 256;
    private const int LongestKept = 64;
    private readonly Entry[] _entries = new Entry[Slots];

    /// <summary>Looks a name up.</summary>
    /// <param name="name">The name, not empty.</param>
    /// <param name="text">How it is written.</param>
    /// <returns>False if it is not in the cache.</returns>
    public bool TryGet(string name, out JsonEncodedText text)
    {
        var first = FirstOf(name);
        if (!_entries[first].Is(name))
        {
            (_entries[first], _entries[first + 1]) = (_entries[first + 1], _entries[first]);
            if (!_entries[first].Is(name))
            {
                text = default;
                return false;
            }
        }

        text = _entries[first].Text;
        return true;
    }

    /// <summary>Adds a name that was not found, unless it is too long.</summary>
    /// <param name="name">The name: not empty, and of whole characters.</param>
    public void Add(string name)
    {
        if (name.Length <= LongestKept)
        {
            _entries[FirstOf(name)] = new Entry { Name = name, Text = JsonEncodedText.Encode(name, encoder) };
        }
    }

    // The names of one message seldom have all of this in common; there is room for two that do, the latest first.
    private static int FirstOf(string name) =>
        ((name.Length * 31) + (name[0] * 7) + (name[name.Length / 2] * 17) + (name[^1] * 3)) % Slots & ~1;

    private struct Entry
    {
        public string? Name;
        public JsonEncodedText Text;

        public readonly bool Is(string name) => ReferenceEquals(Name, name) || Name == name;
    }
}
