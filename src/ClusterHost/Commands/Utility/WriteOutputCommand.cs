using System.Collections;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Write-Output: sends objects down the pipeline.</summary>
[Cmdlet(VerbsCommunications.Write, "Output")]
public sealed class WriteOutputCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromRemainingArguments = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public PSObject? InputObject { get; set; }

    [Parameter]
    public SwitchParameter NoEnumerate { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            WriteObject(null);
            return;
        }
        // Several words in a row arrive as a list of the engine's own, which is never meant as one object.
        bool enumerate = !NoEnumerate || (InputObject.BaseObject is List<object> && !MyInvocation.ExpectingInput);
        WriteObject(InputObject.BaseObject is IEnumerable ? InputObject.BaseObject : InputObject, enumerate);
    }
}
