using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>The way by which handles go to a peer and come from it, beside its channel. Thread-safe.</summary>
internal interface IHandleCarrier
{
    /// <summary>What has come from the peer.</summary>
    AttachmentTable Arrived { get; }

    /// <summary>Sends a handle, ahead of the message that it belongs to. Opens the way if need be; waits for that, and for room.</summary>
    /// <param name="handle">The handle; the peer gets a copy.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="number">Names the handle in the header of its message.</param>
    /// <returns>What became of it; closed when the way has ended.</returns>
    /// <exception cref="ClusterException">The system does not send it.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    SendResult Send(Socket handle, Deadline deadline, CancellationToken cancellation, out long number);

    /// <summary>The message of a handle that was sent will not follow: the peer closes its copy.</summary>
    /// <param name="number">The handle.</param>
    void Withdraw(long number);
}
