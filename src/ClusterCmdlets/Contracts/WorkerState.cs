namespace Cluster.Contracts;

/// <summary>Where a worker is in its life.</summary>
public enum WorkerState
{
    /// <summary>The worker before it in the slot has failed; it is started at its <c>NextStart</c>.</summary>
    WaitingRestart,

    /// <summary>The process is being started and has not connected yet.</summary>
    Starting,

    /// <summary>It has connected; modules and the initialization script run, or its script is not ready yet.</summary>
    Online,

    /// <summary>It takes work.</summary>
    Ready,

    /// <summary>It was told to finish, or has announced its exit. It gets no more messages.</summary>
    Draining,

    /// <summary>Its process has ended and everything that it sent can be read.</summary>
    Exited,

    /// <summary>It has exited, and its slot was given up.</summary>
    Failed,
}
