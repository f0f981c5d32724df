using System.Management.Automation;

namespace Cluster.Serialization;

/// <summary>The text of any object, for diagnostics that must not fail.</summary>
internal static class SafeToString
{
    /// <summary>The text that PowerShell shows for a value; for an object whose own code throws, its type's name.</summary>
    public static string Of(object? value)
    {
        if (value is null)
        {
            return "";
        }

        return Try(value, static v => PSObject.AsPSObject(v).ToString());
    }

    /// <summary>A text of a value; if the value's own code throws, its type's name.</summary>
    public static string Try<T>(T value, Func<T, string?> text)
        where T : notnull
    {
        try
        {
            return text(value) ?? "";
        }
        catch (Exception e) when (e is not (PipelineStoppedException or OutOfMemoryException))
        {
            var type = (value is PSObject wrapper ? wrapper.BaseObject : value).GetType();
            return type.FullName ?? type.Name;
        }
    }
}
