namespace Cluster.Serialization;

/// <summary>
/// Finds keys of one map that differ only by case, without an allocation for the usual small map. Maps nest: the inner
/// scope is closed before the outer one continues.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class NameTracker
{
    private const int FewNames = 16;
    private string[] _names = new string[FewNames];
    private int _count;

    /// <summary>Clears everything, including scopes that an exception left open.</summary>
    public void Reset() => _count = 0;

    /// <summary>Begins a map.</summary>
    public NameScope Open() => new() { Start = _count };

    /// <summary>Ends a map.</summary>
    public void Close(in NameScope scope) => _count = scope.Start;

    /// <summary>Notes a key.</summary>
    /// <returns>Whether it is the first of that name in its map.</returns>
    public bool TryAdd(ref NameScope scope, string name)
    {
        if (scope.Many is not null)
        {
            return scope.Many.Add(name);
        }

        var names = _names;
        for (var i = scope.Start; i < _count; i++)
        {
            if (names[i].Length == name.Length && string.Equals(names[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        if (_count == names.Length)
        {
            Array.Resize(ref _names, _count * 2);
        }

        _names[_count++] = name;
        if (_count - scope.Start > FewNames)
        {
            scope.Many = new HashSet<string>(
                _names.AsSpan(scope.Start, _count - scope.Start).ToArray(), StringComparer.OrdinalIgnoreCase);
        }

        return true;
    }
}
