using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>Select-Object: picks properties, or some of the objects.</summary>
[Cmdlet(VerbsCommon.Select, "Object", DefaultParameterSetName = "Default")]
public sealed class SelectObjectCommand : PSCmdlet
{
    private readonly Queue<PSObject> _last = new();
    private readonly List<PSObject> _seen = [];
    private HashSet<int> _indexes = [];
    private PropertySelector? _selector;
    private int _position;
    private int _written;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public string[]? ExcludeProperty { get; set; }

    [Parameter]
    public string? ExpandProperty { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int First { get; set; } = -1;

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Last { get; set; } = -1;

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Skip { get; set; }

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int SkipLast { get; set; }

    [Parameter]
    public int[]? Index { get; set; }

    [Parameter]
    public SwitchParameter Wait { get; set; }

    protected override void BeginProcessing()
    {
        _indexes = [.. Index ?? []];
        bool picksProperties = Property is not null || ExcludeProperty is not null;
        _selector = picksProperties ? new PropertySelector(this, Property ?? ["*"], ExcludeProperty) : null;
        if (First == 0 && Last < 0)
        {
            EndEarly();
        }
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }
        int position = _position++;
        if (Index is not null)
        {
            if (_indexes.Contains(position))
            {
                Emit(InputObject);
            }
            return;
        }
        if (SkipLast > 0)
        {
            _last.Enqueue(InputObject);
            if (_last.Count > SkipLast)
            {
                Emit(_last.Dequeue());
            }
            return;
        }
        if (Last >= 0)
        {
            Keep(InputObject, position);
            return;
        }
        if (position >= Skip && (First < 0 || _written < First))
        {
            Emit(InputObject);
            if (First >= 0 && _written >= First && !Unique)
            {
                EndEarly();
            }
        }
    }

    protected override void EndProcessing()
    {
        if (SkipLast > 0 || Last < 0)
        {
            return;
        }
        int kept = Math.Max(_last.Count - Skip, 0);
        foreach (PSObject item in _last.Take(kept))
        {
            Emit(item);
        }
    }

    private void Keep(PSObject item, int position)
    {
        if (First >= 0 && position < First)
        {
            Emit(item);
            return;
        }
        _last.Enqueue(item);
        if (_last.Count > Last + Skip)
        {
            _last.Dequeue();
        }
    }

    private void EndEarly()
    {
        if (!Wait)
        {
            PipelineStopper.StopUpstream(this);
        }
    }

    private void Emit(PSObject item)
    {
        _written++;
        PSObject selected = _selector is null ? item : _selector.Select(item);
        if (ExpandProperty is null)
        {
            WriteUnlessSeen(selected);
            return;
        }
        var expression = new PSPropertyExpression(ExpandProperty);
        List<PSPropertyExpressionResult> results = expression.GetValues(item);
        if (results.Count == 0)
        {
            var error = new PSArgumentException($"Property \"{ExpandProperty}\" cannot be found.");
            WriteError(new ErrorRecord(error, "ExpandPropertyNotFound", ErrorCategory.InvalidArgument, item));
            return;
        }
        foreach (PSPropertyExpressionResult result in results)
        {
            if (result.Exception is not null)
            {
                WriteError(new ErrorRecord(result.Exception, "PropertyEvaluationExpand", ErrorCategory.InvalidResult, item));
            }
            else
            {
                WriteExpanded(result.Result);
            }
        }
    }

    private void WriteExpanded(object? value)
    {
        if (LanguagePrimitives.GetEnumerable(value) is not { } items)
        {
            WriteUnlessSeen(value is null ? null : PSObject.AsPSObject(value));
            return;
        }
        foreach (object? item in items)
        {
            WriteUnlessSeen(item is null ? null : PSObject.AsPSObject(item));
        }
    }

    private void WriteUnlessSeen(PSObject? item)
    {
        if (Unique && item is not null)
        {
            if (_seen.Exists(other => ObjectComparison.SameContent(item, other)))
            {
                return;
            }
            _seen.Add(item);
        }
        WriteObject(item);
    }
}
