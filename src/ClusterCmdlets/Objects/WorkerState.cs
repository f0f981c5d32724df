namespace Cluster.Objects;

/// <summary>Where a worker is in its life.</summary>
public enum WorkerState
{
    /// <summary>The process is being started and has not connected yet.</summary>
    Starting,

    /// <summary>The channel is up; modules are loaded and the script is about to run.</summary>
    Online,

    /// <summary>It takes work.</summary>
    Ready,

    /// <summary>It has been told to finish, or has said that it leaves.</summary>
    Draining,

    /// <summary>Its process has ended and everything that it sent can be read.</summary>
    Exited,
}
