namespace Cluster.Contracts;

/// <summary>Where a master is in its life.</summary>
public enum ClusterMasterState
{
    /// <summary>Some of its workers are not ready yet.</summary>
    Starting,

    /// <summary>It has workers and all of them are, or were, ready.</summary>
    Running,

    /// <summary>All of its workers have exited by themselves.</summary>
    Idle,

    /// <summary>It is being stopped.</summary>
    Stopping,

    /// <summary>It has been stopped: no process and no file of it is left.</summary>
    Stopped,
}
