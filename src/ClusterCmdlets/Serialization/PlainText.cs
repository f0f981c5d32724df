using System.Management.Automation;

namespace Cluster.Serialization;

/// <summary>The text of any object, for diagnostics that must not fail.</summary>
internal static class PlainText
{
    /// <summary>The text that PowerShell shows for a value; for an object whose own code throws, its type's name.</summary>
    public static string Of(object? value)
    {
        if (value is null)
        {
            return "";
        }

        try
        {
            return PSObject.AsPSObject(value).ToString() ?? "";
        }
        catch (Exception e) when (e is not (PipelineStoppedException or OutOfMemoryException))
        {
            var content = value is PSObject wrapper ? wrapper.BaseObject : value;
            return content.GetType().FullName ?? content.GetType().Name;
        }
    }
}
