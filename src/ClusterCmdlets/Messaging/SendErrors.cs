using System.Globalization;
using System.Management.Automation;
using Cluster.Contracts;

namespace Cluster.Messaging;

/// <summary>The errors of messages that were not sent, read or answered.</summary>
internal static class SendErrors
{
    /// <summary>The receiver's queue stayed full.</summary>
    /// <param name="receiver">The receiver; null when any worker would have done.</param>
    /// <param name="time">How long the sender has waited.</param>
    /// <param name="body">What was to be sent.</param>
    /// <returns>The error.</returns>
    public static ClusterException TimedOut(Receiver? receiver, TimeSpan time, object? body) => new(
        ClusterErrorId.SendTimeout,
        ErrorCategory.OperationTimeout,
        string.Create(
            CultureInfo.CurrentCulture,
            $"{(receiver is null ? "All workers' queues have" : $"{receiver.Value.Name}'s queue has")} been full for {time.TotalSeconds} s; the message was not sent."),
        receiver?.Peer.Subject ?? body);

    /// <summary>The receiver is gone, or leaves.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="body">What was sent.</param>
    /// <param name="outcome">What became of it.</param>
    /// <returns>The error.</returns>
    public static ClusterException Closed(Receiver receiver, object? body, string outcome = "the message was not delivered") =>
        receiver.Peer.Subject is { } worker
            ? new ClusterException(
                ClusterErrorId.WorkerExited, ErrorCategory.ConnectionError, $"{receiver.Name} {receiver.Peer.Condition}; {outcome}.", worker)
            : new ClusterException(
                ClusterErrorId.ChannelClosed, ErrorCategory.ConnectionError, $"The receiver {receiver.Peer.Condition}; {outcome}.", body);

    /// <summary>There is no receiver left.</summary>
    /// <param name="group">The receivers.</param>
    /// <returns>The error.</returns>
    public static ClusterException NoneLeft(IPeerGroup group) => new(
        ClusterErrorId.WorkerExited, ErrorCategory.ConnectionError, $"The master '{group.Name}' has no worker left that could receive.", group.Subject);

    /// <summary>A message was not read in time.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="time">How long the sender has waited.</param>
    /// <returns>The error.</returns>
    public static ClusterException NotAcknowledged(Receiver receiver, TimeSpan time) => new(
        ClusterErrorId.AcknowledgeTimeout,
        ErrorCategory.OperationTimeout,
        string.Create(CultureInfo.CurrentCulture, $"{receiver.Name} did not read the message within {time.TotalSeconds} s; it may still do so."),
        receiver.Peer.Subject);

    /// <summary>A request was not answered in time.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="time">How long the caller has waited.</param>
    /// <param name="body">What was asked.</param>
    /// <returns>The error.</returns>
    public static ClusterException NotAnswered(Receiver receiver, TimeSpan time, object? body) => new(
        ClusterErrorId.RequestTimeout,
        ErrorCategory.OperationTimeout,
        string.Create(CultureInfo.CurrentCulture, $"{receiver.Name} did not answer within {time.TotalSeconds} s."),
        body);
}
