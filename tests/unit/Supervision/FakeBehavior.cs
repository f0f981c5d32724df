namespace Cluster.UnitTests.Supervision;

/// <summary>What a worker without a process does, and where it fails.</summary>
internal sealed record FakeBehavior
{
    /// <summary>What its start throws, or null.</summary>
    public Exception? StartError { get; init; }

    /// <summary>What waiting for it throws, or null.</summary>
    public Exception? ConnectError { get; init; }

    /// <summary>The code with which it ends before it connects, or null.</summary>
    public int? DiesInHandshake { get; init; }

    /// <summary>Whether it ever says that it is ready.</summary>
    public bool GetsReady { get; init; } = true;

    /// <summary>Whether it answers a ping.</summary>
    public bool AnswersPing { get; init; } = true;

    /// <summary>Whether it does what it is asked to when it is to stop.</summary>
    public bool HeedsStop { get; init; } = true;

    /// <summary>Whether a kill ends it.</summary>
    public bool HeedsKill { get; init; } = true;

    /// <summary>What its end throws, or null.</summary>
    public Exception? DisposeError { get; init; }
}
