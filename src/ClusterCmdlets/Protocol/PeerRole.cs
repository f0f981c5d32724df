namespace Cluster.Protocol;

/// <summary>What a client of a master is: one byte of its hello.</summary>
internal enum PeerRole : byte
{
    /// <summary>A process that runs the script.</summary>
    Worker = 1,

    /// <summary>Reserved: starts workers on another machine.</summary>
    Agent = 2,

    /// <summary>Reserved: gives a detached master commands.</summary>
    Controller = 3,

    /// <summary>Reserved: only looks on.</summary>
    Observer = 4,

    /// <summary>The handle channel of a process that is a worker already.</summary>
    Handles = 5,
}
