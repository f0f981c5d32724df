using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Stop-Process: ends processes at once.</summary>
[Cmdlet(VerbsLifecycle.Stop, "Process", DefaultParameterSetName = "Id", SupportsShouldProcess = true)]
public sealed class StopProcessCommand : ProcessCommand
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    public int[] Id { get; set; } = [];

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public Process[] InputObject { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        IEnumerable<Process?> processes = ParameterSetName == "Id" ? Id.Select(Find) : InputObject;
        foreach (Process? process in processes)
        {
            if (process is not null && ShouldProcess($"{process.ProcessName} ({process.Id})"))
            {
                Stop(process);
            }
        }
    }

    private void Stop(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
            if (PassThru)
            {
                WriteObject(process);
            }
        }
        catch (Exception failure) when (failure is Win32Exception or InvalidOperationException)
        {
            var error = new ProcessCommandException($"Cannot stop process \"{process.Id}\" because of the following error: {failure.Message}", failure);
            WriteError(new ErrorRecord(error, "CouldNotStopProcess", ErrorCategory.CloseError, process));
        }
    }
}
