using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Supervision;

/// <summary>Who is told what a worker does. Called on the worker's threads; must not block.</summary>
internal interface IWorkerObserver
{
    /// <summary>A worker has been made and is not started yet. Called under the lock of the table of workers.</summary>
    /// <param name="worker">The worker.</param>
    void OnCreated(WorkerInstance worker);

    /// <summary>Something happened to the worker.</summary>
    /// <param name="name">What.</param>
    /// <param name="worker">The worker; null when it happened to the master.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="error">The error behind it, or null.</param>
    void OnEvent(ClusterEventName name, WorkerInstance? worker, string reason, ErrorRecord? error = null);

    /// <summary>A message, an output object or a record has arrived.</summary>
    /// <param name="channel">The worker it came from.</param>
    /// <param name="frame">The frame.</param>
    void OnData(WorkerConnection channel, Frame frame);

    /// <summary>A worker has answered a request of the master.</summary>
    /// <param name="time">How long it took.</param>
    void OnAnswered(TimeSpan time);

    /// <summary>A worker has ended without reading messages that were sent to it.</summary>
    /// <param name="channel">The worker.</param>
    /// <param name="messages">The messages, in the order of sending.</param>
    void OnMessagesLost(WorkerConnection channel, IReadOnlyList<Frame> messages);

    /// <summary>A worker has sent something for one of its siblings, the peer of the frame.</summary>
    /// <param name="sender">The worker it came from.</param>
    /// <param name="frame">The frame.</param>
    void OnSiblingMessage(WorkerConnection sender, Frame frame);

    /// <summary>A worker's message will never reach the sibling that it is for, the peer of the frame.</summary>
    /// <param name="sender">The worker it came from.</param>
    /// <param name="frame">The frame.</param>
    void OnUndeliverable(WorkerConnection sender, Frame frame);

    /// <summary>A worker has read a message of a sibling, who waits to hear of it.</summary>
    /// <param name="acknowledgement">The message, and the sibling as its peer.</param>
    void OnAcknowledged(Acknowledgement acknowledgement);

    /// <summary>The process wrote a line to stdout or stderr.</summary>
    /// <param name="channel">The worker.</param>
    /// <param name="line">The line.</param>
    /// <param name="isError">Whether it was stderr.</param>
    void OnLine(WorkerConnection channel, string line, bool isError);
}
