using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>Sort-Object: sorts by the objects themselves or by properties; equal ones keep their order.</summary>
[Cmdlet("Sort", "Object", DefaultParameterSetName = "Default")]
public sealed class SortObjectCommand : PSCmdlet
{
    private readonly List<PSObject> _items = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[] Property { get; set; } = [];

    [Parameter]
    public SwitchParameter Descending { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    [Parameter]
    public SwitchParameter Stable { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Bottom { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is not null)
        {
            _items.Add(InputObject);
        }
    }

    protected override void EndProcessing()
    {
        PropertyDefinition[] definitions = [.. Property.Select(PropertyDefinition.Create)];
        var rows = _items.Select(item => (Item: item, Keys: KeysOf(item, definitions))).ToList();
        var comparison = new ObjectComparison(CaseSensitive);
        IEnumerable<(PSObject Item, object?[] Keys)> sorted =
            rows.Order(Comparer<(PSObject Item, object?[] Keys)>.Create((a, b) => CompareKeys(a.Keys, b.Keys, definitions, comparison)));
        if (Unique)
        {
            sorted = Distinct(sorted, definitions, comparison);
        }
        if (Top > 0)
        {
            sorted = sorted.Take(Top);
        }
        if (Bottom > 0)
        {
            sorted = sorted.TakeLast(Bottom);
        }
        foreach ((PSObject item, _) in sorted)
        {
            WriteObject(item);
        }
    }

    private static object?[] KeysOf(PSObject item, PropertyDefinition[] definitions) => definitions.Length == 0
        ? [item]
        : [.. definitions.Select(d => d.Expression.GetValues(item) is [{ Exception: null } first, ..] ? first.Result : null)];

    private int CompareKeys(object?[] left, object?[] right, PropertyDefinition[] definitions, ObjectComparison comparison)
    {
        for (int i = 0; i < left.Length; i++)
        {
            int order = comparison.Compare(left[i], right[i]);
            if (order != 0)
            {
                bool descending = definitions.Length > 0 && definitions[i].Descending is bool own ? own : Descending;
                return descending ? -order : order;
            }
        }
        return 0;
    }

    private IEnumerable<(PSObject Item, object?[] Keys)> Distinct(
        IEnumerable<(PSObject Item, object?[] Keys)> sorted, PropertyDefinition[] definitions, ObjectComparison comparison)
    {
        object?[]? previous = null;
        foreach ((PSObject Item, object?[] Keys) row in sorted)
        {
            if (previous is null || CompareKeys(previous, row.Keys, definitions, comparison) != 0)
            {
                yield return row;
            }
            previous = row.Keys;
        }
    }
}
