using System.Globalization;
using System.Management.Automation;

namespace ClusterHost.Commands.Objects;

/// <summary>Compares values as PowerShell's own commands do: numbers as numbers, all else that differs in type as text.</summary>
internal sealed class ObjectComparison(bool caseSensitive) : IComparer<object?>
{
    /// <inheritdoc/>
    public int Compare(object? x, object? y)
    {
        object? left = Unwrap(x);
        object? right = Unwrap(y);
        if (left is null || right is null)
        {
            return (left is null ? 0 : 1) - (right is null ? 0 : 1);
        }
        if (LanguagePrimitives.TryCompare(left, right, !caseSensitive, CultureInfo.CurrentCulture, out int result))
        {
            return result;
        }
        CompareInfo text = CultureInfo.CurrentCulture.CompareInfo;
        CompareOptions options = caseSensitive ? CompareOptions.None : CompareOptions.IgnoreCase;
        return text.Compare(PSObject.AsPSObject(left).ToString(), PSObject.AsPSObject(right).ToString(), options);
    }

    /// <summary>Whether two objects are equal, property by property if they are bags of properties.</summary>
    public static bool SameContent(PSObject left, PSObject right)
    {
        if (left.BaseObject is not PSCustomObject || right.BaseObject is not PSCustomObject)
        {
            return LanguagePrimitives.Equals(left.BaseObject, right.BaseObject, ignoreCase: false, CultureInfo.InvariantCulture);
        }
        List<PSPropertyInfo> ours = [.. left.Properties];
        List<PSPropertyInfo> theirs = [.. right.Properties];
        return ours.Count == theirs.Count
            && ours.TrueForAll(p => right.Properties[p.Name] is { } other && LanguagePrimitives.Equals(p.Value, other.Value, ignoreCase: false, CultureInfo.InvariantCulture));
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
