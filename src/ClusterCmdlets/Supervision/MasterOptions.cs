using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Supervision;

/// <summary>How a master starts and treats its workers. Everything has been checked. Immutable.</summary>
internal sealed record MasterOptions
{
    /// <summary>Unread messages per channel and direction, unless the user says otherwise.</summary>
    public static int DefaultQueueLimit => ChannelLimits.Default.QueueMessages;

    /// <summary>The same limit in bytes of message bodies.</summary>
    public static long DefaultQueueBytes => ChannelLimits.Default.QueueBytes;

    /// <summary>The master's name.</summary>
    public required string Name { get; init; }

    /// <summary>Workers on all machines: those of the start, as it was changed since.</summary>
    public required int WorkerCount { get; init; }

    /// <summary>How they are started on this machine.</summary>
    public required HostSettings Host { get; init; }

    /// <summary>What the workers run, wherever they are started.</summary>
    public required Launch Launch { get; init; }

    /// <summary>The encoded launch, the same for every worker.</summary>
    public required byte[] LaunchPayload { get; init; }

    /// <summary>Whether it belongs to one call of a map, and is not the master that others mean who name none.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Whether the workers run no script and take the items of maps.</summary>
    public bool IsPool => Launch.ScriptText is null && Host.Paths.ScriptPath is null;

    /// <summary>Messages that may be unread on each channel and in each direction.</summary>
    public int QueueLimit { get; init; } = DefaultQueueLimit;

    /// <summary>The same limit in bytes of message bodies.</summary>
    public long QueueBytes { get; init; } = DefaultQueueBytes;

    /// <summary>The channels' limits.</summary>
    public ChannelLimits Limits => ChannelLimits.Default with { QueueMessages = QueueLimit, QueueBytes = QueueBytes };

    /// <summary>From the process's start until the worker must be ready.</summary>
    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Which workers are started anew after their end, and when.</summary>
    public RestartPolicy Restart { get; init; } = RestartPolicy.Default;

    /// <summary>When workers are replaced although nothing is wrong with them.</summary>
    public RecyclePolicy Recycle { get; init; } = new();

    /// <summary>How long a worker may be silent before it counts as hung; zero for ever.</summary>
    public TimeSpan HeartbeatTimeout { get; init; }

    /// <summary>How long a pool may have nothing to do before its workers are stopped; zero for ever.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>The directory of the logs, or null.</summary>
    public string? LogPath { get; init; }

    /// <summary>The size after which a log begins its next file, in bytes.</summary>
    public long LogFileBytes { get; init; }
}
