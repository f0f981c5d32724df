using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Push-Location: remembers the current location and goes to another.</summary>
[Cmdlet(VerbsCommon.Push, "Location", DefaultParameterSetName = "Path")]
[OutputType(typeof(PathInfo))]
public sealed class PushLocationCommand : LocationCommand
{
    protected override void ProcessRecord()
    {
        SessionState.Path.PushCurrentLocation(StackName);
        if ((Path is not null || LiteralPath is not null) && !Go("."))
        {
            SessionState.Path.PopLocation(StackName);
        }
    }
}
