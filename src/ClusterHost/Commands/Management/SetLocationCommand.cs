using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Set-Location: changes the current location.</summary>
[Cmdlet(VerbsCommon.Set, "Location", DefaultParameterSetName = "Path")]
[OutputType(typeof(PathInfo))]
public sealed class SetLocationCommand : LocationCommand
{
    protected override void ProcessRecord()
    {
        if (StackName is not null)
        {
            SessionState.Path.SetDefaultLocationStack(StackName);
            return;
        }
        Go("~");
    }
}
