namespace Cluster.Contracts;

/// <summary>Whether another machine can be reached.</summary>
public enum ClusterMachineState
{
    /// <summary>It has joined, and is heard from.</summary>
    Online,

    /// <summary>It has left or cannot be reached; its workers have exited for the master.</summary>
    Lost,
}
