using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-Culture: the session's culture, or one by name.</summary>
[Cmdlet(VerbsCommon.Get, "Culture")]
[OutputType(typeof(CultureInfo))]
public sealed class GetCultureCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true)]
    public string[] Name { get; set; } = [];

    protected override void ProcessRecord()
    {
        if (Name.Length == 0)
        {
            WriteObject(CultureInfo.CurrentCulture);
        }
        foreach (string name in Name)
        {
            try
            {
                WriteObject(CultureInfo.GetCultureInfo(name, predefinedOnly: true));
            }
            catch (CultureNotFoundException error)
            {
                WriteError(new ErrorRecord(error, "ItemNotFoundException", ErrorCategory.ObjectNotFound, name));
            }
        }
    }
}
