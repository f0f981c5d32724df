using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Supervision;

/// <summary>
/// Everything that a master knows of a worker's life, at one moment. Only <see cref="WorkerLifeCycle"/> makes one from
/// another. Immutable.
/// </summary>
internal sealed record WorkerStatus
{
    /// <summary>The state that users see.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Since when it is in that state, local time.</summary>
    public required DateTime StateSince { get; init; }

    /// <summary>When it was started, local time; while it waits for that, when it was put in its slot.</summary>
    public required DateTime StartTime { get; init; }

    /// <summary>When it will be started, local time; null unless it waits for that.</summary>
    public DateTime? NextStart { get; init; }

    /// <summary>What it runs in.</summary>
    public ProcessState Process { get; init; }

    /// <summary>The way to it.</summary>
    public ConnectionState Connection { get; init; }

    /// <summary>The process id; 0 until there is a process.</summary>
    public int ProcessId { get; init; }

    /// <summary>The exit code as the system gave it; null before, and if there never was a process.</summary>
    public int? ProcessCode { get; init; }

    /// <summary>Whether codes over 128 can stand for signals on this system.</summary>
    public bool MayBeSignal { get; init; } = !OperatingSystem.IsWindows();

    /// <summary>Whether it has been ready.</summary>
    public bool WasReady { get; init; }

    /// <summary>Whether the master has asked it to stop.</summary>
    public bool StopRequested { get; init; }

    /// <summary>Whether it has announced that it is exiting.</summary>
    public bool LeftVoluntarily { get; init; }

    /// <summary>Whether the master has killed it.</summary>
    public bool KilledByMaster { get; init; }

    /// <summary>Whether that was because nothing was heard from it.</summary>
    public bool WasSilent { get; init; }

    /// <summary>Whether the machine that it ran on was lost.</summary>
    public bool MachineLost { get; init; }

    /// <summary>Whether another has taken its place because it had reached a limit.</summary>
    public bool Recycled { get; init; }

    /// <summary>Its last word, or null.</summary>
    public Goodbye? Goodbye { get; init; }

    /// <summary>Why it never was ready, or null.</summary>
    public ClusterException? Failure { get; init; }

    /// <summary>How it ended; null before.</summary>
    public WorkerExit? Exit { get; init; }

    /// <summary>Whether it has ended for its users: everything that it sent can be read.</summary>
    public bool IsDead => State >= WorkerState.Exited;

    /// <summary>Whether nothing more will come of its own accord: neither process nor connection is left.</summary>
    public bool IsOver => Process == ProcessState.Ended && Connection is (ConnectionState.None or ConnectionState.Closed);

    /// <summary>A worker that is about to be started, or waits for that.</summary>
    /// <param name="now">The time, local.</param>
    /// <param name="nextStart">When it will be started; null for at once.</param>
    /// <returns>The status.</returns>
    public static WorkerStatus New(DateTime now, DateTime? nextStart = null) => new()
    {
        State = nextStart is null ? WorkerState.Starting : WorkerState.WaitingRestart,
        StateSince = now,
        StartTime = now,
        NextStart = nextStart,
    };
}
