using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Supervision;

/// <summary>What a worker says of its own life on its channel. Called on the thread that reads the pipe.</summary>
internal interface IWorkerLife
{
    /// <summary>It has read what it is to run.</summary>
    void OnOnline();

    /// <summary>It can take work.</summary>
    void OnReady();

    /// <summary>It has sent a record of one of its streams.</summary>
    /// <param name="frame">The record.</param>
    void OnRecord(in Frame frame);

    /// <summary>A queue is full, and its senders wait; once until half of it has been read.</summary>
    /// <param name="reason">Which, in words.</param>
    void OnQueueFull(string reason);

    /// <summary>It leaves by its own will.</summary>
    void OnLeave();

    /// <summary>Its last word.</summary>
    /// <param name="goodbye">How the script ended.</param>
    void OnGoodbye(Goodbye goodbye);

    /// <summary>The channel has ended.</summary>
    /// <param name="failure">What went wrong; null for a normal end.</param>
    void OnChannelClosed(Exception? failure);
}
