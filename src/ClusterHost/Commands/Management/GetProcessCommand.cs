using System.Diagnostics;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-Process: the running processes, all, by name or by id.</summary>
[Cmdlet(VerbsCommon.Get, "Process", DefaultParameterSetName = "Name")]
[OutputType(typeof(Process))]
public sealed class GetProcessCommand : ProcessCommand
{
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessName")]
    [SupportsWildcards]
    public string[] Name { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [Alias("PID")]
    public int[] Id { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public Process[] InputObject { get; set; } = [];

    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case "Id":
                foreach (int id in Id)
                {
                    if (Find(id) is { } process)
                    {
                        WriteObject(process);
                    }
                }
                break;
            case "InputObject":
                foreach (Process process in InputObject)
                {
                    process.Refresh();
                    WriteObject(process);
                }
                break;
            default:
                ByName();
                break;
        }
    }

    private void ByName()
    {
        Process[] all = [.. Process.GetProcesses().OrderBy(p => p.ProcessName, StringComparer.CurrentCultureIgnoreCase)];
        foreach (string name in Name.Length > 0 ? Name : ["*"])
        {
            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            List<Process> found = [.. all.Where(p => pattern.IsMatch(p.ProcessName))];
            WriteObject(found, enumerateCollection: true);
            if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                var error = new ProcessCommandException($"Cannot find a process with the name \"{name}\". Verify the process name and call the cmdlet again.");
                WriteError(new ErrorRecord(error, "NoProcessFoundForGivenName", ErrorCategory.ObjectNotFound, name));
            }
        }
    }
}
