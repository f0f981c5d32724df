using System.Management.Automation;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Commands;

/// <summary>Writes a worker's stream record to the same stream of a command here, as <c>Receive-Job</c> does.</summary>
internal static class StreamReplay
{
    /// <summary>Writes the record; on the pipeline thread.</summary>
    /// <param name="cmdlet">The command.</param>
    /// <param name="arrival">The record, or a line of a standard stream.</param>
    public static void Write(Cmdlet cmdlet, Arrival arrival)
    {
        if (arrival.Line is not null)
        {
            var record = new InformationRecord(arrival.Line, $"Worker {arrival.Source.Id}");
            record.Tags.Add(arrival.IsErrorLine ? "stderr" : "stdout");
            cmdlet.WriteInformation(record);
            return;
        }

        switch (StreamRecordCodec.Read(arrival.Frame.Body, BodyLimits.Default))
        {
            case ErrorRecord error:
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
