using System.Management.Automation;
using Cluster.Worker;

namespace Cluster.Http.Handlers;

/// <summary>
/// Tells the worker's streams what becomes of handlers. Not by way of the command: its preferences, such as those that a worker takes over from
/// its master, would end the server with the first handler that fails. Thread-safe.
/// </summary>
/// <param name="streams">The worker's streams.</param>
internal sealed class HandlerReport(StreamForwarder streams)
{
    /// <summary>Writes a record.</summary>
    /// <param name="record">The record.</param>
    public void Write(ErrorRecord record)
    {
        try
        {
            streams.WriteRecord(record);
        }
        catch (PipelineStoppedException)
        {
            // The worker is being ended, and nobody reads.
        }
    }

    /// <summary>A handler has thrown.</summary>
    /// <param name="exception">What it has thrown.</param>
    /// <param name="call">The call.</param>
    /// <returns>The answer.</returns>
    public HandlerResult Fail(Exception exception, HandlerCall call)
    {
        Write(HandlerErrors.RecordOf(exception, call));

        // The body was not what the handler takes it for: then it is the client's fault, and told as such.
        return call.Request.Malformed is { } reason ? HandlerResult.BadRequest(reason) : HandlerResult.Failed;
    }
}
