using System.Management.Automation;
using Cluster.Messaging;
using Cluster.Serialization;

namespace Cluster.Commands;

/// <summary>Writes a worker's stream record to the same stream of a command here, as <c>Receive-Job</c> does.</summary>
internal static class StreamReplay
{
    /// <summary>Reads the record.</summary>
    /// <param name="arrival">The record, or a line of a standard stream.</param>
    /// <returns>A record of one of the engine's classes.</returns>
    /// <exception cref="BodyMalformedException">It is not readable.</exception>
    public static object Read(InboxItem arrival)
    {
        if (arrival.Line is null)
        {
            return StreamRecordCodec.Read(arrival.Frame.Body, BodyLimits.Default);
        }

        var line = new InformationRecord(arrival.Line, $"Worker {arrival.Source.Id}");
        line.Tags.Add(arrival.IsErrorLine ? "stderr" : "stdout");
        return line;
    }

    /// <summary>Writes the record; on the pipeline thread.</summary>
    /// <param name="cmdlet">The command.</param>
    /// <param name="record">The record.</param>
    public static void Write(Cmdlet cmdlet, object record)
    {
        switch (record)
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
