namespace Cluster.Transport;

/// <summary>
/// The second field of every frame. Control frames are small and never counted against a queue, so that a full inbox
/// cannot hide a stop or a death; data frames carry what users send. Transport names its own control frames and those with
/// data; all others are registered by the parts that understand them, within the ranges of <see cref="KindRange"/>.
/// </summary>
internal enum FrameKind : byte
{
    /// <summary>Either way: which messages the receiver has read.</summary>
    Credit = KindRange.Transport,

    /// <summary>Either way: a sender waits for credit.</summary>
    CreditRequest = KindRange.Transport + 1,

    /// <summary>One object sent by a user.</summary>
    Message = KindRange.Data,

    /// <summary>One object that a worker's script wrote to its output.</summary>
    Output = KindRange.Data + 1,

    /// <summary>An error, warning, verbose, debug, information or progress record of a worker.</summary>
    Record = KindRange.Data + 2,

    /// <summary>A message whose sender waits for a reply.</summary>
    Request = KindRange.Data + 3,

    /// <summary>The reply to a request. Like a fault it needs no credit: the side that waits for it may have a full queue.</summary>
    Reply = KindRange.Data + 4,

    /// <summary>The error that a request ended with.</summary>
    Fault = KindRange.Data + 5,

    /// <summary>Master to worker: items of a parallel map. It takes credit until the worker begins with it, and is answered by a control frame.</summary>
    Batch = KindRange.Data + 6,
}
