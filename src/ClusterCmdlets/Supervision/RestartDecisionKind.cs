namespace Cluster.Supervision;

/// <summary>What is to become of a slot whose worker has ended.</summary>
internal enum RestartDecisionKind
{
    /// <summary>The slot stays empty, as is meant to be.</summary>
    Leave,

    /// <summary>A new worker is started after a delay.</summary>
    Restart,

    /// <summary>A new worker would be due, but there were too many or it would fail as well.</summary>
    GiveUp,
}
