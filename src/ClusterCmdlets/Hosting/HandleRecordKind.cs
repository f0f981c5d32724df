namespace Cluster.Hosting;

/// <summary>What a record on a handle channel says. Fields in <c>docs/protocol.md</c>.</summary>
internal enum HandleRecordKind : byte
{
    /// <summary>Master to worker: the channel is open.</summary>
    Open = 1,

    /// <summary>Master to worker, with a handle: a connection.</summary>
    Connection = 2,

    /// <summary>Master to worker, with a handle: the socket of a port that the workers share.</summary>
    Listener = 3,

    /// <summary>Master to worker: no more connections of a listener follow. The id is 1 if other workers serve it, to whom those that were not taken yet go.</summary>
    NoMore = 4,

    /// <summary>Worker to master: it has taken a connection.</summary>
    Taken = 5,

    /// <summary>Worker to master: it does not take a connection.</summary>
    Refused = 6,

    /// <summary>Worker to master: connections that it had taken are closed, as many as the record says; the others say it too.</summary>
    Closed = 7,

    /// <summary>Either way, with a handle: one that belongs to a message.</summary>
    Attachment = 8,
}
