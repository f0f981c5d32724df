using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Add-Content: writes at the end of a file.</summary>
[Cmdlet(VerbsCommon.Add, "Content", DefaultParameterSetName = "Path")]
public sealed class AddContentCommand : WriteContentCommand
{
    /// <inheritdoc/>
    protected override bool Append => true;
}
