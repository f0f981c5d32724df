using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>Set-Variable: sets variables, making them if need be.</summary>
[Cmdlet(VerbsCommon.Set, "Variable", SupportsShouldProcess = true)]
[OutputType(typeof(PSVariable))]
public sealed class SetVariableCommand : VariableCommand
{
    private readonly List<object?> _piped = [];

    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public object? Value { get; set; }

    [Parameter]
    public ScopedItemOptions Option { get; set; }

    [Parameter]
    public string? Description { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        if (MyInvocation.ExpectingInput)
        {
            _piped.Add(Value);
        }
    }

    protected override void EndProcessing()
    {
        object? value = !MyInvocation.ExpectingInput ? Value : _piped.Count == 1 ? _piped[0] : _piped.ToArray();
        foreach (string name in Name)
        {
            try
            {
                Set(name, value);
            }
            catch (SessionStateException error)
            {
                WriteError(new ErrorRecord(error.ErrorRecord, error));
            }
        }
    }

    private void Set(string name, object? value)
    {
        // Without a scope the current one counts: a variable of a parent scope is not touched.
        PSVariable? variable = VariableScope.Get(SessionState, name, Scope ?? "Local");
        if (variable is null || Force)
        {
            variable = new PSVariable(name, value, Option);
            VariableScope.Set(SessionState, variable, Scope, Force);
        }
        else
        {
            variable.Value = value;
            if (MyInvocation.BoundParameters.ContainsKey(nameof(Option)))
            {
                variable.Options = Option;
            }
        }
        variable.Description = Description ?? variable.Description;
        if (PassThru)
        {
            WriteObject(variable);
        }
    }
}
