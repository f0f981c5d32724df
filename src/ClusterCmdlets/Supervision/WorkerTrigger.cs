namespace Cluster.Supervision;

/// <summary>What moves a worker from one state to the next.</summary>
internal enum WorkerTrigger
{
    /// <summary>Its wait is over: the process is being started.</summary>
    Start,

    /// <summary>It has connected and read what it is to run.</summary>
    Connect,

    /// <summary>It can take work.</summary>
    GetReady,

    /// <summary>It was told to stop, or has said that it leaves.</summary>
    Drain,

    /// <summary>Process, children and pipe are gone.</summary>
    End,

    /// <summary>It is not replaced, as its failures were too many or its start failed.</summary>
    GiveUp,
}
