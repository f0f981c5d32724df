using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-Host: the host object.</summary>
[Cmdlet(VerbsCommon.Get, "Host")]
public sealed class GetHostCommand : PSCmdlet
{
    protected override void BeginProcessing() => WriteObject(Host);
}
