namespace Cluster.Supervision;

/// <summary>What can happen to a worker.</summary>
internal enum WorkerSignalKind
{
    /// <summary>Its wait is over: it is to be started. By the timer, or because somebody is in a killNow.</summary>
    StartDue,

    /// <summary>The master asks it to finish what it has and end.</summary>
    Drain,

    /// <summary>The master asks it to stop its pipeline.</summary>
    StopPipeline,

    /// <summary>The master kills it on a user's request.</summary>
    KillRequested,

    /// <summary>The master kills it for a reason of its own.</summary>
    Kill,

    /// <summary>It was replaced because it had reached a limit.</summary>
    Recycled,

    /// <summary>Nothing is heard from it.</summary>
    Unresponsive,

    /// <summary>It was not ready in time.</summary>
    StartupTimedOut,

    /// <summary>Of process and connection, one has outlived the other for too long.</summary>
    GracePeriodOver,

    /// <summary>The process runs.</summary>
    Started,

    /// <summary>The process could not be started.</summary>
    StartFailed,

    /// <summary>The process has ended.</summary>
    Exited,

    /// <summary>The machine that it runs on is lost, and it with the machine.</summary>
    MachineLost,

    /// <summary>The worker was let in.</summary>
    Connected,

    /// <summary>It is not waited for any longer, as its process has ended.</summary>
    ConnectAbandoned,

    /// <summary>It could not be let in.</summary>
    ConnectFailed,

    /// <summary>It has read what it is to run.</summary>
    Online,

    /// <summary>It can take work.</summary>
    Ready,

    /// <summary>It announces that it is exiting.</summary>
    Left,

    /// <summary>Its last word.</summary>
    Goodbye,

    /// <summary>The connection has ended.</summary>
    ConnectionClosed,

    /// <summary>Process, children and connection are gone, and what it sent has been taken.</summary>
    Ended,

    /// <summary>Its slot is given up.</summary>
    GivenUp,
}
