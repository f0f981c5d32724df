namespace Cluster.Messaging;

/// <summary>Receivers of which any may have a message. Thread-safe.</summary>
internal interface IPeerGroup
{
    /// <summary>The name of what they belong to.</summary>
    string Name { get; }

    /// <summary>What errors are about that tell of the group.</summary>
    object? Subject { get; }

    /// <summary>Pulsed when a receiver comes or goes, or may have room.</summary>
    ChangeSignal Changed { get; }

    /// <summary>
    /// The receivers of this moment, also those that take nothing now and will be followed by another. None when there is
    /// nobody and will be nobody.
    /// </summary>
    IReadOnlyList<IPeer> Peers { get; }
}
