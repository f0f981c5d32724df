namespace Cluster.Machines.Agent;

/// <summary>How an agent runs the workers of its machine. Immutable.</summary>
internal sealed record AgentOptions
{
    /// <summary>The name of the master that it works for.</summary>
    public required string ClusterName { get; init; }

    /// <summary>How many workers this machine is meant for.</summary>
    public required int WorkerCount { get; init; }

    /// <summary>The machine's name.</summary>
    public required string ComputerName { get; init; }

    /// <summary>What the master knows this agent by: see <see cref="Link.JoinRequest.Machine"/>. Null when it does not know it yet.</summary>
    public string? Machine { get; init; }

    /// <summary>The program that runs the workers.</summary>
    public required string HostPath { get; init; }

    /// <summary>Whether the server belongs to the master: when it is gone, so is the master.</summary>
    public bool ServerEndsWithLeader { get; init; }
}
