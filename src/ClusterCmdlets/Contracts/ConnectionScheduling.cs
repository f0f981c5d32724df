namespace Cluster.Contracts;

/// <summary>Which of the workers that serve a port gets a new connection.</summary>
public enum ConnectionScheduling
{
    /// <summary>One after the other; those that have no room are passed over.</summary>
    RoundRobin,

    /// <summary>The one with the fewest open connections.</summary>
    LeastConnections,

    /// <summary>Always the same for the same remote address, as long as the workers stay the same.</summary>
    Hash,

    /// <summary>The workers accept from one socket themselves, and the operating system decides.</summary>
    Shared,
}
