namespace Cluster.Contracts;

/// <summary>What becomes of a connection when every worker has as many as it may.</summary>
public enum ConnectionOverload
{
    /// <summary>It waits until a worker can take it, at most 30 seconds.</summary>
    Wait,

    /// <summary>It is closed at once.</summary>
    Drop,
}
