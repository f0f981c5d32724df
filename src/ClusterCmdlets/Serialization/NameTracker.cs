namespace Cluster.Serialization;

/// <summary>
/// Finds keys of one map that differ by case only, without an allocation for the usual small map. Maps nest: the inner
/// scope is closed before the outer one goes on.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class NameTracker
{
    private const int FewNames = 16;
    private readonly List<string> _names = [];

    /// <summary>Forgets everything, also scopes that an exception has left open.</summary>
    public void Reset() => _names.Clear();

    /// <summary>Begins a map.</summary>
    public NameScope Open() => new() { Start = _names.Count };

    /// <summary>Ends a map.</summary>
    public void Close(in NameScope scope) => _names.RemoveRange(scope.Start, _names.Count - scope.Start);

    /// <summary>Notes a key.</summary>
    /// <returns>Whether it is the first of that name in its map.</returns>
    public bool TryAdd(ref NameScope scope, string name)
    {
        if (scope.Many is not null)
        {
            return scope.Many.Add(name);
        }

        for (var i = scope.Start; i < _names.Count; i++)
        {
            if (_names[i].Length == name.Length && string.Equals(_names[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        _names.Add(name);
        if (_names.Count - scope.Start > FewNames)
        {
            scope.Many = new HashSet<string>(
                _names.GetRange(scope.Start, _names.Count - scope.Start), StringComparer.OrdinalIgnoreCase);
        }

        return true;
    }
}
