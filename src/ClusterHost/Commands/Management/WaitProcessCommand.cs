using System.Diagnostics;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Wait-Process: returns when the processes have exited.</summary>
[Cmdlet(VerbsLifecycle.Wait, "Process", DefaultParameterSetName = "Id")]
public sealed class WaitProcessCommand : ProcessCommand
{
    // How soon a stop of the pipeline is seen.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private readonly List<Process> _processes = [];

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [Alias("PID", "ProcessId")]
    public int[] Id { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public Process[] InputObject { get; set; } = [];

    [Parameter(Position = 1)]
    [Alias("TimeoutSec")]
    [ValidateRange(0, 32767)]
    public int Timeout { get; set; } = -1;

    protected override void ProcessRecord() =>
        _processes.AddRange(ParameterSetName == "Id" ? Id.Select(Find).OfType<Process>() : InputObject);

    protected override void EndProcessing()
    {
        var watch = Stopwatch.StartNew();
        foreach (Process process in _processes)
        {
            while (!Stopping && !process.WaitForExit(Slice))
            {
                if (Timeout >= 0 && watch.Elapsed.TotalSeconds >= Timeout)
                {
                    var error = new TimeoutException($"This command stopped operation because process \"{process.ProcessName} ({process.Id})\" is not stopped in the specified time-out.");
                    WriteError(new ErrorRecord(error, "ProcessNotTerminated", ErrorCategory.CloseError, process));
                    break;
                }
            }
        }
    }
}
