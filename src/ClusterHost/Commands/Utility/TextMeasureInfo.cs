namespace Microsoft.PowerShell.Commands;

/// <summary>Lines, words and characters of <c>Measure-Object</c>.</summary>
public sealed class TextMeasureInfo : MeasureInfo
{
    public int? Lines { get; internal set; }

    public int? Words { get; internal set; }

    public int? Characters { get; internal set; }
}
