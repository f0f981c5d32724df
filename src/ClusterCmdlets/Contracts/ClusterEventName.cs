namespace Cluster.Contracts;

/// <summary>What can happen to a master and its workers.</summary>
public enum ClusterEventName
{
    /// <summary>The settings of a master were changed by <c>Set-ClusterMaster</c>.</summary>
    Setup,

    /// <summary>A worker's process was started.</summary>
    Fork,

    /// <summary>A worker has connected.</summary>
    Online,

    /// <summary>A worker can take work.</summary>
    Ready,

    /// <summary>A worker serves a port; <c>EndPoint</c> has its real number.</summary>
    Listening,

    /// <summary>A worker's channel has closed.</summary>
    Disconnect,

    /// <summary>A worker's process has ended.</summary>
    Exit,

    /// <summary>
    /// A worker has failed and another will take its place; <c>Worker</c> is the new one, which waits for its start.
    /// </summary>
    Restart,

    /// <summary>A worker has failed too often, or before it was ready, and its slot stays empty.</summary>
    GaveUp,

    /// <summary>
    /// A new worker is ready and has taken over from an old one, which finishes what it has; <c>Worker</c> is the new one.
    /// </summary>
    Reload,

    /// <summary>
    /// The replacement of a worker did not become ready, so the old worker stays; the event has it and the error.
    /// </summary>
    ReloadAborted,

    /// <summary>A worker has reached a limit of <c>-MaxTasks</c>, <c>-MaxMemory</c> or <c>-MaxAge</c> and will be replaced.</summary>
    Recycle,

    /// <summary>The number of workers changes.</summary>
    Resize,

    /// <summary>A queue is full and its senders wait. Raised once until half of it has been read.</summary>
    InboxFull,

    /// <summary>A worker has ended without reading messages that were sent to it; <c>Messages</c> has them.</summary>
    MessagesLost,

    /// <summary>A handler of one of the master's .NET events has failed.</summary>
    HandlerFailed,

    /// <summary>A step of a stop: drain, stop of the pipeline, kill.</summary>
    Stopping,

    /// <summary>A worker has been silent for <c>-HeartbeatTimeoutSec</c>; it is killed.</summary>
    Unresponsive,

    /// <summary>
    /// A log of <c>-LogPath</c> cannot be written. Raised once until it can be again; messages are not affected.
    /// </summary>
    LogFailed,

    /// <summary>A worker or a master has ended and a step of its clean-up has failed; the other steps were taken.</summary>
    CleanupFailed,

    /// <summary>An unauthenticated client connected to a pipe, or malformed data arrived.</summary>
    ProtocolError,

    /// <summary>A machine has joined; workers are started on it.</summary>
    MachineJoined,

    /// <summary>A machine cannot be reached any more, or has left; its workers have exited, with the reason <c>MachineLost</c>.</summary>
    MachineLost,

    /// <summary>A machine that was lost has joined again; workers are started on it.</summary>
    MachineReturned,
}
