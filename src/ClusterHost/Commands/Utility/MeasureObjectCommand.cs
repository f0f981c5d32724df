using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>Measure-Object: counts, sums, and measures text.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Object", DefaultParameterSetName = "GenericMeasure")]
[OutputType(typeof(GenericMeasureInfo), typeof(TextMeasureInfo))]
public sealed class MeasureObjectCommand : PSCmdlet
{
    private readonly List<MeasureAccumulator> _accumulators = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public object[]? Property { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Sum { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Average { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Maximum { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Minimum { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter StandardDeviation { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter AllStats { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Line { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Word { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Character { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter IgnoreWhiteSpace { get; set; }

    private bool NeedsNumbers => Sum || Average || StandardDeviation || AllStats;

    private bool NeedsOrder => Maximum || Minimum || AllStats;

    protected override void BeginProcessing()
    {
        if (Property is null)
        {
            _accumulators.Add(new MeasureAccumulator(null));
            return;
        }
        foreach (object item in Property)
        {
            _accumulators.Add(new MeasureAccumulator(PropertyDefinition.Create(item)));
        }
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }
        foreach (MeasureAccumulator accumulator in _accumulators)
        {
            foreach (object? value in accumulator.ValuesOf(InputObject))
            {
                Measure(accumulator, value);
            }
        }
    }

    protected override void EndProcessing()
    {
        foreach (MeasureAccumulator accumulator in _accumulators)
        {
            WriteObject(ParameterSetName == "TextMeasure" ? TextResult(accumulator) : NumberResult(accumulator));
        }
    }

    private void Measure(MeasureAccumulator accumulator, object? value)
    {
        accumulator.Count++;
        if (ParameterSetName == "TextMeasure")
        {
            accumulator.AddText(value?.ToString() ?? "", IgnoreWhiteSpace);
            return;
        }
        if (NeedsOrder)
        {
            accumulator.AddOrdered(value);
        }
        if (!NeedsNumbers)
        {
            return;
        }
        if (LanguagePrimitives.TryConvertTo(value, out double number))
        {
            accumulator.AddNumber(number);
        }
        else
        {
            var error = new PSInvalidCastException($"Input object \"{value}\" is not numeric.");
            WriteError(new ErrorRecord(error, "NonNumericInputObject", ErrorCategory.InvalidType, value));
        }
    }

    private GenericMeasureInfo NumberResult(MeasureAccumulator from) => new()
    {
        Property = from.Name,
        Count = from.Count,
        Sum = Sum || AllStats ? from.Sum : null,
        Average = (Average || AllStats) && from.Count > 0 ? from.Sum / from.Count : null,
        StandardDeviation = StandardDeviation || AllStats ? from.StandardDeviation : null,
        Maximum = Maximum || AllStats ? from.Maximum : null,
        Minimum = Minimum || AllStats ? from.Minimum : null,
    };

    private TextMeasureInfo TextResult(MeasureAccumulator from) => new()
    {
        Property = from.Name,
        Lines = Line ? from.Lines : null,
        Words = Word ? from.Words : null,
        Characters = Character ? from.Characters : null,
    };
}
