using System.Collections.ObjectModel;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>One group of <c>Group-Object</c>.</summary>
public class GroupInfo
{
    private readonly bool _countOnly;

    internal GroupInfo(IEnumerable<object?> values, bool countOnly)
    {
        foreach (object? value in values)
        {
            Values.Add(value);
        }
        _countOnly = countOnly;
    }

    /// <summary>How many objects are in the group.</summary>
    public int Count { get; private set; }

    /// <summary>The values as text.</summary>
    public string Name => string.Join(", ", Values.Select(value => value?.ToString() ?? ""));

    /// <summary>The objects.</summary>
    public Collection<PSObject> Group { get; } = [];

    /// <summary>The values that the objects share.</summary>
    public Collection<object?> Values { get; } = [];

    internal void Add(PSObject item)
    {
        Count++;
        if (!_countOnly)
        {
            Group.Add(item);
        }
    }
}
