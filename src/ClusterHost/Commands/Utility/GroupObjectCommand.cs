using System.Collections;
using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>Group-Object: gathers objects with equal values.</summary>
[Cmdlet(VerbsData.Group, "Object")]
[OutputType(typeof(GroupInfo), typeof(Hashtable))]
public sealed class GroupObjectCommand : PSCmdlet
{
    private readonly List<GroupInfo> _groups = [];
    private PropertyDefinition[] _definitions = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[] Property { get; set; } = [];

    [Parameter]
    public SwitchParameter NoElement { get; set; }

    [Parameter]
    [Alias("AHT")]
    public SwitchParameter AsHashTable { get; set; }

    [Parameter]
    public SwitchParameter AsString { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    protected override void BeginProcessing() => _definitions = [.. Property.Select(PropertyDefinition.Create)];

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }
        object?[] keys = _definitions.Length == 0
            ? [InputObject]
            : [.. _definitions.Select(d => d.Expression.GetValues(InputObject) is [{ Exception: null } first, ..] ? first.Result : null)];
        var comparison = new ObjectComparison(CaseSensitive);
        GroupInfo? group = _groups.Find(g => g.Values.Count == keys.Length && g.Values.Zip(keys).All(pair => comparison.Compare(pair.First, pair.Second) == 0));
        if (group is null)
        {
            group = new GroupInfo(keys, NoElement);
            _groups.Add(group);
        }
        group.Add(InputObject);
    }

    protected override void EndProcessing()
    {
        if (!AsHashTable)
        {
            var comparison = new ObjectComparison(CaseSensitive);
            WriteObject(_groups.OrderBy(g => g.Values[0], comparison), enumerateCollection: true);
            return;
        }
        var table = new Hashtable(CaseSensitive ? StringComparer.CurrentCulture : StringComparer.CurrentCultureIgnoreCase);
        foreach (GroupInfo group in _groups)
        {
            object? key = group.Values[0] is PSObject wrapped ? wrapped.BaseObject : group.Values[0];
            table[AsString || key is null ? group.Name : key] = group.Group.ToArray();
        }
        WriteObject(table);
    }
}
