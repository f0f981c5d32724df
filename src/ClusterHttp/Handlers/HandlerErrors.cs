using System.Management.Automation;
using Cluster.Contracts;

namespace Cluster.Http.Handlers;

/// <summary>What the worker's error stream is told of a handler that has failed.</summary>
internal static class HandlerErrors
{
    /// <summary>How the engine says <c>exit</c>. <c>break</c> and <c>continue</c> without a loop are similar, but only a handler's mistake.</summary>
    private static readonly string[] Exits = ["System.Management.Automation.ExitException", "System.Management.Automation.TerminateException"];

    /// <summary>Whether an exception is not the handler's but the end of the script: a stop, or <c>exit</c>.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsEnd(Exception exception) => exception is PipelineStoppedException || Exits.Contains(exception.GetType().FullName, StringComparer.Ordinal);

    /// <summary>The record of a failure.</summary>
    /// <param name="exception">What the handler has thrown.</param>
    /// <param name="call">The call.</param>
    public static ErrorRecord RecordOf(Exception exception, HandlerCall call) =>
        (exception as IContainsErrorRecord)?.ErrorRecord ?? new ErrorRecord(exception, ClusterErrorId.ResponseInvalid, ErrorCategory.NotSpecified, call.Request.ToString());

    /// <summary>The record of a handler that took too long.</summary>
    /// <param name="call">The call.</param>
    /// <param name="limit">How long it may take.</param>
    public static ErrorRecord TimeoutOf(HandlerCall call, TimeSpan limit) => new ClusterException(
        ClusterErrorId.HandlerTimeout, ErrorCategory.OperationTimeout, $"The handler of '{call.Request}' took longer than {limit.TotalSeconds} s; the client was answered with 503.", call.Request.ToString()).ErrorRecord;
}
