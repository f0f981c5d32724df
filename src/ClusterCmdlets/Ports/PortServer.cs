using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Ports;

/// <summary>One worker's part in a port: what it was given and has not taken, and what it has open. Guarded by the table's lock.</summary>
/// <param name="link">The worker.</param>
/// <param name="request">What it asked for.</param>
internal sealed class PortServer(WorkerLink link, ListenRequest request) : IConnectionTarget
{
    /// <summary>Connections that were handed over and not taken yet: one alone would halve the rate.</summary>
    private const int Window = 64;

    /// <summary>The worker.</summary>
    public WorkerLink Link => link;

    /// <summary>What it asked for; its number names the listener to the worker.</summary>
    public ListenRequest Request => request;

    /// <summary>The port, unless the worker has it alone.</summary>
    public SharedPort? Port { get; init; }

    /// <summary>What it was given and has not taken.</summary>
    public Dictionary<long, AcceptedConnection> Untaken { get; } = [];

    /// <summary>Whether it takes no more.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Whether it cannot get more at this moment: the pipe to it has no room, or it has no descriptors. Tried again after a while.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>What it is still to be told: that no more follow, or the socket that it shares; null if nothing.</summary>
    public HandleRecord? Owed { get; set; }

    /// <inheritdoc/>
    public int Slot => link.Slot;

    /// <inheritdoc/>
    public int Open { get; set; }

    /// <inheritdoc/>
    public int Behind => Untaken.Count;

    /// <inheritdoc/>
    public bool IsOpen => !IsLeaving && Open < request.MaxConnections;

    /// <inheritdoc/>
    public bool HasRoom => Untaken.Count < Window && !IsBlocked;
}
