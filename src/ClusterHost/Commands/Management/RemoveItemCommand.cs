using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Remove-Item: deletes items; never asks, so a filled folder needs <c>-Recurse</c>.</summary>
[Cmdlet(VerbsCommon.Remove, "Item", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class RemoveItemCommand : PathCommand
{
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord() => ForEachPath(path =>
    {
        IEnumerable<PSObject> items = InvokeProvider.Item.Get([path], Force, IsLiteral);
        foreach (string item in items.Select(found => found.Properties["PSPath"].Value.ToString() ?? "").ToList())
        {
            if (!Recurse && HasChildren(item))
            {
                var error = new IOException($"'{path}' has children and the Recurse parameter was not specified.");
                WriteError(new ErrorRecord(error, "DirectoryNotEmpty", ErrorCategory.WriteError, path));
            }
            else if (ShouldProcess(item))
            {
                InvokeProvider.Item.Remove([item], Recurse, Force, literalPath: true);
            }
        }
    });

    private bool HasChildren(string item) =>
        InvokeProvider.Item.IsContainer(WildcardPattern.Escape(item)) && InvokeProvider.ChildItem.HasChild(item, force: true, literalPath: true);
}
