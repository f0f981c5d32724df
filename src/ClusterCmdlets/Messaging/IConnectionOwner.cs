using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// The worker that a connection leads to, as the connection knows it: who it is, and who is told what comes from it. Called on
/// the thread that reads the channel; must not block.
/// </summary>
internal interface IConnectionOwner
{
    /// <summary>The worker's id.</summary>
    int Id { get; }

    /// <summary>The worker's slot.</summary>
    int Slot { get; }

    /// <summary>Its process; 0 before there is one.</summary>
    int ProcessId { get; }

    /// <summary>Whether it takes the place of another and has not shown yet that it can.</summary>
    bool IsUnproven { get; }

    /// <summary>Why it takes no messages, in words that follow its name.</summary>
    string Condition { get; }

    /// <summary>It has read what it is to run.</summary>
    void OnOnline();

    /// <summary>It can take work.</summary>
    void OnReady();

    /// <summary>It announces that it is exiting.</summary>
    void OnLeave();

    /// <summary>Its last word.</summary>
    /// <param name="goodbye">How the script ended.</param>
    void OnGoodbye(Goodbye goodbye);

    /// <summary>The channel has ended.</summary>
    /// <param name="failure">What went wrong; null for a normal end.</param>
    void OnClosed(Exception? failure);

    /// <summary>A queue is full, and its senders wait; once until half of it has been read.</summary>
    /// <param name="reason">Which, in words.</param>
    void OnQueueFull(string reason);

    /// <summary>A message, an output object or a record has arrived.</summary>
    /// <param name="frame">The frame.</param>
    void OnData(in Frame frame);

    /// <summary>It has answered a request of the master.</summary>
    /// <param name="time">How long it took.</param>
    void OnAnswered(TimeSpan time);

    /// <summary>It has sent something for one of its siblings, the peer of the frame.</summary>
    /// <param name="frame">The frame.</param>
    void OnSiblingMessage(in Frame frame);

    /// <summary>It has read a message of a sibling, who waits to hear of it.</summary>
    /// <param name="acknowledgement">The message, and the sibling as its peer.</param>
    void OnAcknowledged(Acknowledgement acknowledgement);

    /// <summary>It will never get a message of a sibling.</summary>
    /// <param name="sender">The sibling.</param>
    /// <param name="frame">The message.</param>
    void OnUndeliverable(WorkerConnection sender, in Frame frame);

    /// <summary>It has ended without reading messages that were sent to it.</summary>
    /// <param name="messages">The messages, in the order of sending.</param>
    void OnMessagesLost(IReadOnlyList<Frame> messages);
}
