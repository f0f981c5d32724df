using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>The kinds of control frame between a master and a worker. Payloads in <c>docs/protocol.md</c>.</summary>
internal static class ControlKind
{
    /// <summary>Worker to master, first frame: versions, role, process id, token.</summary>
    public const FrameKind Hello = (FrameKind)KindRange.Life;

    /// <summary>Master to worker: the version chosen, who the worker is, and the channel's limits.</summary>
    public const FrameKind Welcome = (FrameKind)(KindRange.Life + 1);

    /// <summary>Master to worker: what it runs, the same for all workers of a master.</summary>
    public const FrameKind Launch = (FrameKind)(KindRange.Life + 2);

    /// <summary>Worker to master: the launch is read, preparation (modules, initialisation) begins.</summary>
    public const FrameKind Online = (FrameKind)(KindRange.Life + 3);

    /// <summary>Worker to master: it can take work.</summary>
    public const FrameKind Ready = (FrameKind)(KindRange.Life + 4);

    /// <summary>Master to worker: drain, or stop the pipeline.</summary>
    public const FrameKind Stop = (FrameKind)(KindRange.Life + 5);

    /// <summary>Worker to master: it announces that it is exiting.</summary>
    public const FrameKind Leave = (FrameKind)(KindRange.Life + 6);

    /// <summary>Worker to master, last frame: how the script ended.</summary>
    public const FrameKind Goodbye = (FrameKind)(KindRange.Life + 7);

    /// <summary>Master to worker: answer at once, from the thread that reads the pipe.</summary>
    public const FrameKind Ping = (FrameKind)(KindRange.Life + 8);

    /// <summary>Worker to master: the answer.</summary>
    public const FrameKind Pong = (FrameKind)(KindRange.Life + 9);

    /// <summary>Either way: a message whose sender asked for it has been read.</summary>
    public const FrameKind Acknowledge = (FrameKind)KindRange.Messages;

    /// <summary>Master to worker: a message for a sibling, whose sender waits, has no receiver.</summary>
    public const FrameKind Undeliverable = (FrameKind)(KindRange.Messages + 1);

    /// <summary>Worker to master: it needs a handle channel.</summary>
    public const FrameKind HandlesRequest = (FrameKind)KindRange.Ports;

    /// <summary>Master to worker: the pipe of its handle channel, and the token for it.</summary>
    public const FrameKind HandlesOffer = (FrameKind)(KindRange.Ports + 1);

    /// <summary>Worker to master: it wants to listen on a port.</summary>
    public const FrameKind Listen = (FrameKind)(KindRange.Ports + 2);

    /// <summary>Master to worker: the port that it listens on, or why it does not.</summary>
    public const FrameKind ListenReply = (FrameKind)(KindRange.Ports + 3);

    /// <summary>Worker to master: it takes no more connections of a listener.</summary>
    public const FrameKind Unlisten = (FrameKind)(KindRange.Ports + 4);

    /// <summary>Master to worker: what the items of a map are given to. Before its first batch.</summary>
    public const FrameKind MapBegin = (FrameKind)KindRange.Map;

    /// <summary>Master to worker: a map is over; what still runs of it is to be stopped.</summary>
    public const FrameKind MapEnd = (FrameKind)(KindRange.Map + 1);

    /// <summary>Master to worker: results of a batch were taken, so that more may be sent.</summary>
    public const FrameKind MapTaken = (FrameKind)(KindRange.Map + 2);

    /// <summary>Worker to master: what items of a batch have written, and which of them have ended.</summary>
    public const FrameKind MapResults = (FrameKind)(KindRange.Map + 3);

    /// <summary>Worker to master: the last items of a batch were not begun and are given back.</summary>
    public const FrameKind MapReturn = (FrameKind)(KindRange.Map + 4);

    /// <summary>Worker to master: nothing more comes of a batch.</summary>
    public const FrameKind MapDone = (FrameKind)(KindRange.Map + 5);

    /// <summary>Worker to master: an item does not stop; the worker begins no others and can only be killed.</summary>
    public const FrameKind MapStuck = (FrameKind)(KindRange.Map + 6);

    /// <summary>Leader to agent: a worker is to be started.</summary>
    public const FrameKind StartWorker = (FrameKind)KindRange.Machines;

    /// <summary>Leader to agent: a worker is to be killed.</summary>
    public const FrameKind KillWorker = (FrameKind)(KindRange.Machines + 1);

    /// <summary>Leader to agent: the machine is not needed any more. Agent to leader: it wants to leave.</summary>
    public const FrameKind Dismiss = (FrameKind)(KindRange.Machines + 2);

    /// <summary>Agent to leader: a worker's process runs.</summary>
    public const FrameKind WorkerStarted = (FrameKind)(KindRange.Machines + 3);

    /// <summary>Agent to leader: a worker was let in; its stream carries its channel from now on.</summary>
    public const FrameKind WorkerConnected = (FrameKind)(KindRange.Machines + 4);

    /// <summary>Agent to leader: a worker has ended, or could not be started.</summary>
    public const FrameKind WorkerEnded = (FrameKind)(KindRange.Machines + 5);

    /// <summary>Agent to leader: a line that a worker's process wrote, or a client that was turned away.</summary>
    public const FrameKind WorkerLine = (FrameKind)(KindRange.Machines + 6);

    /// <summary>Agent to leader, every two seconds: memory and processor time of its workers.</summary>
    public const FrameKind WorkerUsage = (FrameKind)(KindRange.Machines + 7);
}
