namespace Cluster.Contracts;

/// <summary>Which of the workers that serve a port gets a new connection.</summary>
public enum ConnectionScheduling
{
    /// <summary>One worker after the other; those without room are passed over.</summary>
    RoundRobin,

    /// <summary>The worker with the fewest open connections.</summary>
    LeastConnections,

    /// <summary>The same worker for the same remote address, as long as the workers stay the same.</summary>
    Hash,

    /// <summary>The workers accept from one socket themselves, and the operating system decides.</summary>
    Shared,
}
