using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Set-Content: writes a file anew.</summary>
[Cmdlet(VerbsCommon.Set, "Content", DefaultParameterSetName = "Path")]
public sealed class SetContentCommand : WriteContentCommand
{
    /// <inheritdoc/>
    protected override bool Append => false;
}
