using Cluster.Protocol;

namespace Cluster.Supervision;

/// <summary>What a master knows of a worker that has ended.</summary>
internal sealed record ExitEvidence
{
    /// <summary>The process's exit code, or null if there never was a process.</summary>
    public int? ProcessCode { get; init; }

    /// <summary>Whether codes over 128 can stand for signals on this system.</summary>
    public bool MayBeSignal { get; init; }

    /// <summary>The worker's last word, or null.</summary>
    public Goodbye? Goodbye { get; init; }

    /// <summary>Whether it had been ready.</summary>
    public bool WasReady { get; init; }

    /// <summary>Whether the master had asked it to stop.</summary>
    public bool StopRequested { get; init; }

    /// <summary>Whether it had said that it leaves.</summary>
    public bool LeftVoluntarily { get; init; }

    /// <summary>Whether the master killed it.</summary>
    public bool KilledByMaster { get; init; }

    /// <summary>Whether that was because nothing was heard from it.</summary>
    public bool WasSilent { get; init; }

    /// <summary>Whether another has taken its place because it had reached a limit.</summary>
    public bool Recycled { get; init; }
}
