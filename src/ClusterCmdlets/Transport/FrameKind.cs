namespace Cluster.Transport;

/// <summary>
/// The second field of every frame. Kinds below 64 are control frames: small, never counted against a
/// queue, so that a full inbox cannot hide a stop or a death. Kinds from 64 on carry user data.
/// </summary>
internal enum FrameKind : byte
{
    /// <summary>Worker to master, first frame: protocol version, token, process id.</summary>
    Hello = 1,

    /// <summary>Master to worker: who the worker is, and the channel's limits.</summary>
    Welcome = 2,

    /// <summary>Master to worker: what it runs, the same for all workers of a master.</summary>
    Launch = 3,

    /// <summary>Worker to master: the launch is read, preparation (modules, initialisation) begins.</summary>
    Online = 4,

    /// <summary>Worker to master: it can take work.</summary>
    Ready = 5,

    /// <summary>Master to worker: drain, or stop the pipeline.</summary>
    Stop = 6,

    /// <summary>Worker to master: it leaves by its own will.</summary>
    Leave = 7,

    /// <summary>Worker to master, last frame: how the script ended.</summary>
    Goodbye = 8,

    /// <summary>Either way: the receiver has consumed so many messages and bytes.</summary>
    Credit = 9,

    /// <summary>Either way: a message whose sender asked for it has been read.</summary>
    Acknowledge = 10,

    /// <summary>Master to worker: a message for a sibling, whose sender waits, has no receiver.</summary>
    Undeliverable = 11,

    /// <summary>Either way: a sender waits for credit.</summary>
    CreditRequest = 12,

    /// <summary>Master to worker: answer at once, from the thread that reads the pipe.</summary>
    Ping = 13,

    /// <summary>Worker to master: the answer.</summary>
    Pong = 14,

    /// <summary>One object sent by a user.</summary>
    Message = 64,

    /// <summary>One object that a worker's script wrote to its output.</summary>
    Output = 65,

    /// <summary>An error, warning, verbose, debug, information or progress record of a worker.</summary>
    Record = 66,

    /// <summary>A message that its sender waits for an answer to.</summary>
    Request = 67,

    /// <summary>The answer to a request. Like a fault it needs no credit: whoever waits for it may have a full queue.</summary>
    Reply = 68,

    /// <summary>The error that a request ended with.</summary>
    Fault = 69,
}
