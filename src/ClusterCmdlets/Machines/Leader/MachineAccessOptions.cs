using System.Net;

namespace Cluster.Machines.Leader;

/// <summary>How machines come to a master: by a server of its own or by servers that there are. Immutable.</summary>
internal sealed record MachineAccessOptions
{
    /// <summary>Where the master's own server listens; null when there are servers.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>How the servers are reached that there are; null when the master has one of its own.</summary>
    public MessageBusOptions? Servers { get; init; }

    /// <summary>The machines on which agents are started by SSH; these alone are let in then.</summary>
    public IReadOnlyList<Ssh.SshMachineOptions> Agents { get; init; } = [];

    /// <summary>How many workers each of these is to have; null for one per core.</summary>
    public int? AgentWorkerCount { get; init; }
}
