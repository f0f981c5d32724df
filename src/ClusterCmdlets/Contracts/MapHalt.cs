namespace Cluster.Contracts;

/// <summary>What becomes of a map when too many of its items have failed.</summary>
public enum MapHalt
{
    /// <summary>The call goes on.</summary>
    Never,

    /// <summary>Objects that are being worked on are finished; no others are begun.</summary>
    Soon,

    /// <summary>Objects that are being worked on are stopped.</summary>
    Now,
}
