namespace Cluster.Contracts;

/// <summary>Where a worker is in its life.</summary>
public enum WorkerState
{
    /// <summary>Its predecessor in the slot has ended; it is started at its <c>NextStart</c>.</summary>
    WaitingRestart,

    /// <summary>The process is being started and has not connected yet.</summary>
    Starting,

    /// <summary>The channel is up; modules are loaded and the script is about to run, or has not called itself ready.</summary>
    Online,

    /// <summary>It takes work.</summary>
    Ready,

    /// <summary>It has been told to finish, or has said that it leaves. It gets no more messages.</summary>
    Draining,

    /// <summary>Its process has ended and everything that it sent can be read.</summary>
    Exited,

    /// <summary>It has ended, and its slot is not tried again.</summary>
    Failed,
}
