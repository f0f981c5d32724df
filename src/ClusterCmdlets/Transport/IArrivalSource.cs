namespace Cluster.Transport;

/// <summary>The other end of a channel, as those who read its messages see it.</summary>
internal interface IArrivalSource
{
    /// <summary>The worker's id; 0 for a master.</summary>
    int Id { get; }

    /// <summary>The worker's slot; -1 for a master.</summary>
    int Slot { get; }

    /// <summary>Its process.</summary>
    int ProcessId { get; }

    /// <summary>One of its messages has been read: its sender may send more.</summary>
    /// <param name="bytes">The size of the message's body.</param>
    void Consumed(int bytes);
}
