using System.Net;

namespace Cluster.Machines.Server;

/// <summary>The server that a master starts for its machines. Immutable.</summary>
internal sealed record NatsServerOptions
{
    /// <summary>The address it listens on; <see cref="IPAddress.Any"/> for all.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>The port; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>Whether connections are encrypted, with a certificate made for this server.</summary>
    public bool UseTls { get; init; }

    /// <summary>The name of the cluster, of letters, digits, <c>-</c> and <c>_</c>: subjects begin with it.</summary>
    public required string ClusterName { get; init; }
}
