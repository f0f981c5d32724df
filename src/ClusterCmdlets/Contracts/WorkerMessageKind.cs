namespace Cluster.Contracts;

/// <summary>What a received object is.</summary>
public enum WorkerMessageKind
{
    /// <summary>Sent with <c>Send-WorkerMessage</c>.</summary>
    Message,

    /// <summary>Written by the worker's script to its output.</summary>
    Output,

    /// <summary>Sent with <c>Invoke-WorkerRequest</c>; its sender waits for <c>Send-WorkerMessage -ReplyTo</c>.</summary>
    Request,
}
