namespace Cluster.Messaging;

/// <summary>Who gets a message.</summary>
/// <param name="Peer">The other end of the channel that it goes by.</param>
/// <param name="Sibling">The worker that it is passed on to by the master; 0 when the peer itself is meant.</param>
internal readonly record struct Receiver(IPeer Peer, int Sibling = 0)
{
    /// <summary>Its name, at the start of a sentence.</summary>
    public string Name => (Sibling, Peer.Id) switch
    {
        (0, 0) => "The master",
        (0, var id) => $"Worker {id}",
        _ => $"Worker {Sibling}",
    };

    /// <summary>The message as it is sent to this receiver.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The same body with the receiver in the header.</returns>
    public OutgoingMessage Address(in OutgoingMessage message) =>
        Sibling == 0 ? message : message with { Header = message.Header with { Peer = Sibling } };
}
