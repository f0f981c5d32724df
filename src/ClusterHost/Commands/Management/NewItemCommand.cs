using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>New-Item: makes a file, a folder, or an item of another provider.</summary>
[Cmdlet(VerbsCommon.New, "Item", SupportsShouldProcess = true)]
public sealed class NewItemCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Type")]
    public string ItemType { get; set; } = "";

    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Target")]
    public object? Value { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string path in Path.Length > 0 ? Path : [SessionState.Path.CurrentLocation.Path])
        {
            if (!ShouldProcess(path))
            {
                continue;
            }
            try
            {
                WriteObject(InvokeProvider.Item.New([path], Name, ItemType, Value, Force), enumerateCollection: true);
            }
            catch (Exception error) when (error is SessionStateException or PSArgumentException or ProviderInvocationException)
            {
                WriteError(new ErrorRecord(((IContainsErrorRecord)error).ErrorRecord, error));
            }
        }
    }
}
