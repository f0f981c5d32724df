using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>New-Variable: makes a variable that must not exist yet, unless forced.</summary>
[Cmdlet(VerbsCommon.New, "Variable", SupportsShouldProcess = true)]
[OutputType(typeof(PSVariable))]
public sealed class NewVariableCommand : VariableCommand
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public object? Value { get; set; }

    [Parameter]
    public ScopedItemOptions Option { get; set; }

    [Parameter]
    public string Description { get; set; } = "";

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        if (!Force && VariableScope.Get(SessionState, Name, Scope ?? "Local") is not null)
        {
            var exists = new SessionStateException($"A variable with name '{Name}' already exists.");
            WriteError(new ErrorRecord(exists, "VariableAlreadyExists", ErrorCategory.ResourceExists, Name));
            return;
        }
        var variable = new PSVariable(Name, Value, Option) { Description = Description };
        try
        {
            VariableScope.Set(SessionState, variable, Scope, Force);
        }
        catch (SessionStateException error)
        {
            WriteError(new ErrorRecord(error.ErrorRecord, error));
            return;
        }
        if (PassThru)
        {
            WriteObject(variable);
        }
    }
}
