namespace Cluster.Machines.Link;

/// <summary>What a <see cref="LinkPacket"/> is.</summary>
internal enum LinkPacketKind : byte
{
    /// <summary>A piece of a stream.</summary>
    Data = 0,

    /// <summary>The end of a stream. It takes one byte of the stream's numbers, and has none.</summary>
    End = 1,

    /// <summary>Nothing but how far the other direction has come.</summary>
    Progress = 2,

    /// <summary>The same, and something is missing: what comes after that is to be sent again.</summary>
    Resend = 3,
}
