namespace Cluster.Transport;

/// <summary>What became of a message that was given to a channel.</summary>
internal enum SendResult
{
    /// <summary>It is on its way.</summary>
    Sent,

    /// <summary>The receiver's queue is full, or stayed full for the whole time-out. Nothing was sent.</summary>
    Full,

    /// <summary>The channel is closed, or its receiver leaves and takes no more messages. Nothing was sent.</summary>
    Closed,
}
