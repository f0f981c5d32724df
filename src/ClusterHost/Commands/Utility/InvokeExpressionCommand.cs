using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Invoke-Expression: runs a text in the caller's scope.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Expression")]
public sealed class InvokeExpressionCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    public string Command { get; set; } = "";

    protected override void ProcessRecord()
    {
        foreach (PSObject result in InvokeCommand.InvokeScript(useLocalScope: false, ScriptBlock.Create(Command), null, null))
        {
            WriteObject(result);
        }
    }
}
