using System.Diagnostics;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>What the process commands share: processes by id or as objects.</summary>
public abstract class ProcessCommand : PSCmdlet
{
    /// <summary>The process of an id, or null with an error if there is none.</summary>
    protected Process? Find(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            var error = new ProcessCommandException($"Cannot find a process with the process identifier {id}.");
            WriteError(new ErrorRecord(error, "NoProcessFoundForGivenId", ErrorCategory.ObjectNotFound, id));
            return null;
        }
    }
}
