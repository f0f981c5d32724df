namespace Microsoft.PowerShell.Commands;

/// <summary>Count, sum and extremes of <c>Measure-Object</c>.</summary>
public sealed class GenericMeasureInfo : MeasureInfo
{
    public int Count { get; internal set; }

    public double? Average { get; internal set; }

    public double? Sum { get; internal set; }

    public object? Maximum { get; internal set; }

    public object? Minimum { get; internal set; }

    public double? StandardDeviation { get; internal set; }
}
