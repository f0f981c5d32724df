namespace Cluster.Machines.Agent;

/// <summary>How a session of an agent ended.</summary>
internal enum AgentOutcome
{
    /// <summary>The master does not need it any more.</summary>
    Dismissed,

    /// <summary>It was told here to leave.</summary>
    Left,

    /// <summary>Nothing was heard from the master: it may come back.</summary>
    CutOff,

    /// <summary>The master is gone.</summary>
    LeaderGone,
}
