namespace Cluster.Transport;

/// <summary>The result of sending a message.</summary>
internal enum SendResult
{
    /// <summary>It is on its way.</summary>
    Sent,

    /// <summary>The receiver's queue stayed full for the whole time-out. Nothing was sent.</summary>
    TimedOut,

    /// <summary>The channel is closed, or its receiver is exiting and accepts no more messages. Nothing was sent.</summary>
    Closed,
}
