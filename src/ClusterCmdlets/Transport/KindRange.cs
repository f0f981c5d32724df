namespace Cluster.Transport;

/// <summary>
/// The first kind of each range that is reserved for one part of the program; a range ends where the next one begins.
/// The table of <c>docs/protocol.md</c>.
/// </summary>
internal static class KindRange
{
    /// <summary>The life of a worker: from its hello to its goodbye, and the heartbeat.</summary>
    public const byte Life = 1;

    /// <summary>Credit.</summary>
    public const byte Transport = 16;

    /// <summary>What became of a message.</summary>
    public const byte Messages = 24;

    /// <summary>Listeners, and handles that are handed over.</summary>
    public const byte Ports = 32;

    /// <summary>The parallel map: what its workers run, and what became of the items.</summary>
    public const byte Map = 40;

    /// <summary>Reserved: control channels of detached masters.</summary>
    public const byte Control = 48;

    /// <summary>Workers of another machine: what its agent is told to start, and what becomes of it.</summary>
    public const byte Machines = 56;

    /// <summary>What users send.</summary>
    public const byte Data = 64;

    /// <summary>Not assigned, to the last number.</summary>
    public const byte FreeAfterData = 128;
}
