namespace Cluster.Contracts;

/// <summary>Why a worker's process ended, judged by what both sides said, not by the exit code alone.</summary>
public enum WorkerExitReason
{
    /// <summary>The script ran to its end, or left by <c>exit 0</c>.</summary>
    Completed,

    /// <summary>The script ended by an uncaught error or by <c>exit</c> with another code.</summary>
    Failed,

    /// <summary>The process ended without saying why: killed from outside, or out of memory.</summary>
    Crashed,

    /// <summary>It was asked to stop and did.</summary>
    Stopped,

    /// <summary>A fresh one has taken its place because it reached a limit of <c>-MaxTasks</c>, <c>-MaxMemory</c> or <c>-MaxAge</c>.</summary>
    Recycled,

    /// <summary>The master killed it.</summary>
    Killed,

    /// <summary>It gave no sign of life and the master killed it.</summary>
    Hung,

    /// <summary>It failed, exited or took too long before it was ready.</summary>
    StartFailed,

    /// <summary>The machine that it ran on cannot be reached any more, or has left.</summary>
    MachineLost,
}
