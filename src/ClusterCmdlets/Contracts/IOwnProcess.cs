using System.Diagnostics;

namespace Cluster.Contracts;

/// <summary>An object that stands for a process: <see cref="OwnProcessConverter"/> converts it.</summary>
internal interface IOwnProcess
{
    /// <summary>The process; null when it has none, or no longer.</summary>
    Process? FindProcess();
}
