using System.Globalization;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.Messaging;

/// <summary>The errors of messages that could not be sent.</summary>
internal static class SendErrors
{
    /// <summary>The receiver's queue stayed full.</summary>
    /// <param name="who">The receiver, at the start of a sentence.</param>
    /// <param name="seconds">How long the sender has waited.</param>
    /// <param name="target">What the error is about.</param>
    /// <returns>The error.</returns>
    public static ClusterException TimedOut(string who, double seconds, object? target) => new(
        ClusterErrorId.SendTimeout,
        ErrorCategory.OperationTimeout,
        string.Create(CultureInfo.CurrentCulture, $"{who} did not take messages for {seconds} s and its queue is full; this message was not sent."),
        target);

    /// <summary>The receiver is gone, or leaves.</summary>
    /// <param name="receiver">The channel.</param>
    /// <param name="target">What the error is about.</param>
    /// <param name="outcome">What became of the message.</param>
    /// <returns>The error.</returns>
    public static ClusterException Closed(IPeer receiver, object? target, string outcome = "the message was not delivered") =>
        receiver is WorkerConnection channel
            ? new ClusterException(
                ClusterErrorId.WorkerExited,
                ErrorCategory.ConnectionError,
                $"Worker {channel.Worker.Id} {StateOf(channel.Worker.Status)}; {outcome}.",
                channel.Worker)
            : new ClusterException(
                ClusterErrorId.ChannelClosed, ErrorCategory.ConnectionError, $"The receiver is no longer connected; {outcome}.", target);

    private static string StateOf(WorkerStatus status) =>
        status is { IsDead: true, Exit: { } exit } ? $"has exited ({exit.Reason})"
        : status.State == WorkerState.Draining ? "is leaving and takes no more messages"
        : "has exited";
}
