namespace Microsoft.PowerShell.Commands;

/// <summary>Common part of what <c>Measure-Object</c> gives.</summary>
public abstract class MeasureInfo
{
    /// <summary>The property measured, if one was named.</summary>
    public string? Property { get; internal set; }
}
