namespace Cluster.Protocol;

/// <summary>How an item has ended in its worker.</summary>
internal enum MapItemOutcome : byte
{
    /// <summary>It has run to its end. It may have written errors.</summary>
    Completed = 0,

    /// <summary>An error that nobody has caught has ended it; its record comes before.</summary>
    Failed = 1,

    /// <summary>It took longer than it may, and is being stopped.</summary>
    TimedOut = 2,
}
