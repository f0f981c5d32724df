namespace Cluster.Contracts;

/// <summary>Which workers are started anew after their end. One that was told to stop, or that left, never is.</summary>
public enum RestartMode
{
    /// <summary>Those that failed, crashed or were killed.</summary>
    OnFailure,

    /// <summary>Those whose script ran to its end as well.</summary>
    Always,

    /// <summary>None.</summary>
    Never,
}
