using System.Diagnostics;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Measure-Command: how long a script block runs.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Command")]
[OutputType(typeof(TimeSpan))]
public sealed class MeasureCommandCommand : PSCmdlet
{
    private readonly Stopwatch _watch = new();

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0, Mandatory = true)]
    public ScriptBlock? Expression { get; set; }

    protected override void ProcessRecord()
    {
        object?[] input = MyInvocation.ExpectingInput ? [InputObject] : [];
        var variables = new List<PSVariable> { new("_", InputObject) };
        _watch.Start();
        try
        {
            if (MyInvocation.ExpectingInput)
            {
                Expression!.InvokeWithContext(null, variables, input);
            }
            else
            {
                InvokeCommand.InvokeScript(useLocalScope: false, Expression!, null, null);
            }
        }
        finally
        {
            _watch.Stop();
        }
    }

    protected override void EndProcessing() => WriteObject(_watch.Elapsed);
}
