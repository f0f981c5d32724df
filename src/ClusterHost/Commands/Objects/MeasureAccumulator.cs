using System.Management.Automation;

namespace ClusterHost.Commands.Objects;

/// <summary>What <c>Measure-Object</c> has seen so far of one property, or of the objects themselves.</summary>
internal sealed class MeasureAccumulator(PropertyDefinition? property)
{
    private static readonly ObjectComparison Comparison = new(caseSensitive: false);

    private double _mean;
    private double _squares;
    private int _numbers;

    /// <summary>The property's name, or null for the objects themselves.</summary>
    public string? Name => property?.Name;

    /// <summary>Values seen.</summary>
    public int Count { get; set; }

    /// <summary>Sum of the numbers.</summary>
    public double Sum { get; private set; }

    /// <summary>The largest value, a number when all are.</summary>
    public object? Maximum { get; private set; }

    /// <summary>The smallest value.</summary>
    public object? Minimum { get; private set; }

    /// <summary>Lines of text.</summary>
    public int Lines { get; private set; }

    /// <summary>Words of text.</summary>
    public int Words { get; private set; }

    /// <summary>Characters of text.</summary>
    public int Characters { get; private set; }

    /// <summary>The sample's standard deviation.</summary>
    public double StandardDeviation => _numbers > 1 ? Math.Sqrt(_squares / (_numbers - 1)) : 0;

    /// <summary>The values of an object; none if it lacks the property.</summary>
    public IEnumerable<object?> ValuesOf(PSObject item)
    {
        if (property is null)
        {
            return [item.BaseObject is PSCustomObject ? item : item.BaseObject];
        }
        return property.Expression.GetValues(item)
            .Where(result => result.Exception is null && result.Result is not null)
            .Select(result => result.Result is PSObject wrapped ? wrapped.BaseObject : result.Result);
    }

    /// <summary>Adds a number to sum and deviation.</summary>
    public void AddNumber(double number)
    {
        Sum += number;
        _numbers++;
        double distance = number - _mean;
        _mean += distance / _numbers;
        _squares += distance * (number - _mean);
    }

    /// <summary>Adds a value to the extremes.</summary>
    public void AddOrdered(object? value)
    {
        object? comparable = value is not null and not string && LanguagePrimitives.TryConvertTo(value, out double number) && value.GetType().IsPrimitive
            ? number
            : value;
        if (Maximum is null || Comparison.Compare(comparable, Maximum) > 0)
        {
            Maximum = comparable;
        }
        if (Minimum is null || Comparison.Compare(comparable, Minimum) < 0)
        {
            Minimum = comparable;
        }
    }

    /// <summary>Counts a text.</summary>
    public void AddText(string text, bool ignoreWhiteSpace)
    {
        Words += text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        Characters += ignoreWhiteSpace ? text.Count(c => !char.IsWhiteSpace(c)) : text.Length;
        Lines += text.Length == 0 ? 0 : text.Count(c => c == '\n') + (text[^1] == '\n' ? 0 : 1);
    }
}
