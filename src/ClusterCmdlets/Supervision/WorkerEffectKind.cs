namespace Cluster.Supervision;

/// <summary>What is to be done because of a signal.</summary>
internal enum WorkerEffectKind
{
    /// <summary>Raise an event.</summary>
    Raise,

    /// <summary>Start the process.</summary>
    Start,

    /// <summary>Wait for the worker to connect.</summary>
    Connect,

    /// <summary>Wait for that no longer.</summary>
    AbandonConnect,

    /// <summary>End the process at once.</summary>
    Kill,

    /// <summary>Take no more messages for it.</summary>
    CloseConnection,

    /// <summary>Give what is left of process and connection the grace period.</summary>
    StartGracePeriod,

    /// <summary>Let those go on who wait for it to be ready.</summary>
    AnnounceReady,
}
