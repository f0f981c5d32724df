namespace Cluster.Contracts;

/// <summary>What becomes of a map when too many of its items have failed.</summary>
public enum MapHalt
{
    /// <summary>It goes on.</summary>
    Never,

    /// <summary>Items that are running are finished; no others are begun.</summary>
    Soon,

    /// <summary>Items that are running are stopped.</summary>
    Now,
}
