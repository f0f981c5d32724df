namespace Cluster.Transport;

/// <summary>
/// Messages that were sent and that the receiver has not read yet: the sender's side of credit, and the messages that are
/// lost when the receiver dies. They may be read out of order, for example by topic. Not thread-safe.
/// </summary>
internal sealed class InFlightMessages
{
    private readonly Dictionary<long, SentMessage> _messages = [];
    private readonly Dictionary<int, (int Messages, long Bytes)> _ofPeers = [];
    private int _lost;

    /// <summary>Messages that were not read, the lost ones included.</summary>
    public int Count => _messages.Count + _lost;

    /// <summary>Messages that were read.</summary>
    public long ReadCount { get; private set; }

    /// <summary>The bytes of their bodies.</summary>
    public long Bytes { get; private set; }

    /// <summary>A message is on its way.</summary>
    /// <param name="message">The message.</param>
    public void Add(in SentMessage message)
    {
        _messages.Add(message.Header.Sequence, message);
        Bytes += message.Body.Count;
        CountOfPeer(message, 1);
    }

    /// <summary>What was sent for one sibling, or comes from it, and was not read.</summary>
    /// <param name="peer">The sibling.</param>
    /// <returns>The messages, and the bytes of their bodies.</returns>
    public (int Messages, long Bytes) OfPeer(int peer) => _ofPeers.GetValueOrDefault(peer);

    /// <summary>The receiver has read a message.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <exception cref="ProtocolException">It was not sent, or was read already.</exception>
    public void Read(long sequence)
    {
        if (!_messages.Remove(sequence, out var message))
        {
            throw new ProtocolException("The receiver returned credit for a message that it cannot have read.");
        }

        Bytes -= message.Body.Count;
        CountOfPeer(message, -1);
        ReadCount++;
        message.Large?.Release();
    }

    /// <summary>The receiver has ended: gives up the messages that it did not read. They still count as not read.</summary>
    /// <returns>The messages, in the order of sending.</returns>
    public IReadOnlyList<Frame> TakeLost()
    {
        Frame[] lost =
        [
            .. _messages.Values
                .OrderBy(message => message.Header.Sequence)
                .Select(message => new Frame(message.Kind, message.Header, message.Small ?? [.. message.Body])),
        ];
        _lost += lost.Length;
        _messages.Clear();
        _ofPeers.Clear();
        Bytes = 0;
        return lost;
    }

    private void CountOfPeer(in SentMessage message, int sign)
    {
        if (message.Header.Peer is not 0 and var peer)
        {
            var (messages, bytes) = OfPeer(peer);
            _ofPeers[peer] = (messages + sign, bytes + (sign * message.Body.Count));
            if (messages + sign == 0)
            {
                _ofPeers.Remove(peer);
            }
        }
    }
}
