using System.Management.Automation;

namespace Cluster.Worker.Map;

/// <summary>Runs a script block for each item of a runner. It has no name by which a script could call it: a map's own pipeline gets it as a value.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "MapItem")]
internal sealed class InvokeItemsCommand : PSCmdlet
{
    /// <summary>The items.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public object Source { get; set; } = null!;

    /// <summary>The block.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock Body { get; set; } = null!;

    /// <summary>What the block gets behind the item.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [AllowEmptyCollection]
    public object?[] List { get; set; } = [];

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var source = (ItemSource)(Source is PSObject wrapper ? wrapper.BaseObject : Source);
        while (source.MoveNext())
        {
            // An array for each item: a block without parameters sees it as its $args.
            ItemCall.Invoke(Body, this, source.Current, [source.Current, .. List]);
        }
    }
}
