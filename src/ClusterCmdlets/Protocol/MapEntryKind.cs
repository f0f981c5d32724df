namespace Cluster.Protocol;

/// <summary>What an entry of a map results frame is.</summary>
internal enum MapEntryKind : byte
{
    /// <summary>An object that the item has written to its output, as JSON.</summary>
    Output = 1,

    /// <summary>The same, as bytes.</summary>
    RawOutput = 2,

    /// <summary>A record of another stream; the error that has ended the item as well.</summary>
    Record = 3,

    /// <summary>The item has ended: 1 byte <see cref="MapItemOutcome"/>, 8 bytes the ticks that it took.</summary>
    Done = 4,
}
