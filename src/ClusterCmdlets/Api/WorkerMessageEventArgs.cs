namespace Cluster.Api;

/// <summary>The arguments of <see cref="ClusterMaster.Message"/>.</summary>
public sealed class WorkerMessageEventArgs : EventArgs
{
    internal WorkerMessageEventArgs(WorkerMessage message)
    {
        Message = message;
    }

    /// <summary>The message.</summary>
    public WorkerMessage Message { get; }
}
