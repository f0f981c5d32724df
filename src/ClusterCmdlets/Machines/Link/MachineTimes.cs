namespace Cluster.Machines.Link;

/// <summary>
/// How leader and agents find out that the other is gone. An agent that hears nothing ends its workers before the leader gives their work to
/// others, so that no item runs in two places longer than it must.
/// </summary>
internal static class MachineTimes
{
    /// <summary>How often the leader asks an agent for a sign of life.</summary>
    public static TimeSpan Ping { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>After this silence an agent ends its workers.</summary>
    public static TimeSpan Fence { get; } = TimeSpan.FromSeconds(5);

    /// <summary>After this silence the leader counts a machine as lost.</summary>
    public static TimeSpan Lost { get; } = TimeSpan.FromSeconds(6);

    /// <summary>How often in a row the server must say that nobody listens before that is believed: a client that is moved to another server is away for a moment.</summary>
    public const int NobodyThere = 3;

    /// <summary>How long a question among machines may take.</summary>
    public static TimeSpan Answer { get; } = TimeSpan.FromSeconds(2);
}
