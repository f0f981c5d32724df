using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-Random: a number in a range, or some of the objects given.</summary>
[Cmdlet(VerbsCommon.Get, "Random", DefaultParameterSetName = "Number")]
public sealed class GetRandomCommand : PSCmdlet
{
    private readonly List<object?> _objects = [];
    private Random _random = Random.Shared;

    [Parameter(ParameterSetName = "Number", Position = 0)]
    public object? Maximum { get; set; }

    [Parameter(ParameterSetName = "Number")]
    public object? Minimum { get; set; }

    [Parameter(ParameterSetName = "List", Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    public object?[]? InputObject { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    [Parameter]
    public int? SetSeed { get; set; }

    [Parameter(ParameterSetName = "List")]
    public SwitchParameter Shuffle { get; set; }

    protected override void BeginProcessing() => _random = SetSeed is int seed ? new Random(seed) : Random.Shared;

    protected override void ProcessRecord()
    {
        if (ParameterSetName == "List")
        {
            _objects.AddRange(InputObject ?? []);
            return;
        }
        for (int i = 0; i < Count; i++)
        {
            WriteObject(Next());
        }
    }

    protected override void EndProcessing()
    {
        if (ParameterSetName != "List")
        {
            return;
        }
        object?[] all = _objects.ToArray();
        _random.Shuffle(all);
        int count = Shuffle ? all.Length : Math.Min(Count, all.Length);
        for (int i = 0; i < count; i++)
        {
            WriteObject(all[i]);
        }
    }

    private ValueType Next()
    {
        object? minimum = Unwrap(Minimum);
        object? maximum = Unwrap(Maximum);
        return IsFraction(minimum) || IsFraction(maximum) ? NextFraction(minimum, maximum) : NextInteger(minimum, maximum);
    }

    private double NextFraction(object? minimum, object? maximum)
    {
        double low = minimum is null ? 0 : LanguagePrimitives.ConvertTo<double>(minimum);
        double high = maximum is null ? double.MaxValue : LanguagePrimitives.ConvertTo<double>(maximum);
        RequireOrder(low < high);
        return low + (_random.NextDouble() * (high - low));
    }

    private ValueType NextInteger(object? minimum, object? maximum)
    {
        long from = minimum is null ? 0 : LanguagePrimitives.ConvertTo<long>(minimum);
        long to = maximum is null ? int.MaxValue : LanguagePrimitives.ConvertTo<long>(maximum);
        RequireOrder(from < to);
        long number = _random.NextInt64(from, to);
        if (minimum is long || maximum is long || from < int.MinValue || to > int.MaxValue)
        {
            return number;
        }
        return Convert.ToInt32(number);
    }

    private static bool IsFraction(object? value) => value is double or float or decimal;

    private void RequireOrder(bool ordered)
    {
        if (!ordered)
        {
            var error = new ArgumentException($"The Minimum value ({Minimum ?? 0}) cannot be greater than or equal to the Maximum value ({Maximum}).");
            ThrowTerminatingError(new ErrorRecord(error, "MinGreaterThanOrEqualMax", ErrorCategory.InvalidArgument, null));
        }
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
