using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>Remove-Variable: takes variables away.</summary>
[Cmdlet(VerbsCommon.Remove, "Variable", SupportsShouldProcess = true)]
public sealed class RemoveVariableCommand : VariableCommand
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            List<PSVariable> found = Find(name);
            if (found.Count == 0)
            {
                ReportMissing(name);
            }
            foreach (PSVariable variable in found)
            {
                try
                {
                    VariableScope.Remove(SessionState, variable.Name, Scope, Force);
                }
                catch (SessionStateException error)
                {
                    WriteError(new ErrorRecord(error.ErrorRecord, error));
                }
            }
        }
    }
}
