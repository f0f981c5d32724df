using System.Management.Automation;
using ClusterHost.Commands.Objects;
using Newtonsoft.Json;

namespace Microsoft.PowerShell.Commands;

/// <summary>ConvertFrom-Json: JSON text as objects or tables.</summary>
[Cmdlet(VerbsData.ConvertFrom, "Json")]
public sealed class ConvertFromJsonCommand : PSCmdlet
{
    private readonly List<string> _lines = [];

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowEmptyString]
    public string InputObject { get; set; } = "";

    [Parameter]
    public SwitchParameter AsHashtable { get; set; }

    [Parameter]
    public SwitchParameter NoEnumerate { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Depth { get; set; } = 1024;

    protected override void ProcessRecord() => _lines.Add(InputObject);

    protected override void EndProcessing()
    {
        // Lines may be a text in pieces, or a text each: the first one decides, as with PowerShell's own.
        string[] texts = _lines.Count > 1 && IsComplete(_lines[0]) ? [.. _lines] : [string.Join(Environment.NewLine, _lines)];
        foreach (string text in texts.Where(t => !string.IsNullOrWhiteSpace(t)))
        {
            try
            {
                WriteObject(JsonObjectReader.Read(text, AsHashtable, Depth), enumerateCollection: !NoEnumerate);
            }
            catch (JsonException error)
            {
                var failure = new ArgumentException($"Conversion from JSON failed with error: {error.Message}", error);
                ThrowTerminatingError(new ErrorRecord(failure, "System.ArgumentException", ErrorCategory.NotSpecified, null));
            }
        }
    }

    private bool IsComplete(string text)
    {
        try
        {
            _ = JsonObjectReader.Read(text, AsHashtable, Depth);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
