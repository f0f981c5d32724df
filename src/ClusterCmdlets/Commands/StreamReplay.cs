using System.Management.Automation;
using Cluster.Serialization;

namespace Cluster.Commands;

/// <summary>Writes a worker's stream record to the same stream of a command here, as <c>Receive-Job</c> does.</summary>
internal static class StreamReplay
{
    /// <summary>Writes the record; on the pipeline thread.</summary>
    /// <param name="cmdlet">The command.</param>
    /// <param name="record">The record.</param>
    public static void Write(Cmdlet cmdlet, object record)
    {
        switch (record)
        {
            case ErrorRecord error:
                if (error.Exception is RemoteException)
                {
                    StreamRecordCodec.KeepPosition(error);
                }

                cmdlet.WriteError(error);
                break;
            case WarningRecord warning:
                cmdlet.WriteWarning(warning.Message);
                break;
            case VerboseRecord verbose:
                cmdlet.WriteVerbose(verbose.Message);
                break;
            case DebugRecord debug:
                cmdlet.WriteDebug(debug.Message);
                break;
            case InformationRecord information:
                cmdlet.WriteInformation(information);
                break;
            case ProgressRecord progress:
                cmdlet.WriteProgress(progress);
                break;
        }
    }
}
