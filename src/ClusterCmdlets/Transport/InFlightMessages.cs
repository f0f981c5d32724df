namespace Cluster.Transport;

/// <summary>
/// Messages that were sent and that the receiver has not read yet: the sender's side of credit, and the messages that are
/// lost when the receiver dies. They may be read out of order, for example by topic. Not thread-safe.
/// </summary>
internal sealed class InFlightMessages
{
    private readonly Dictionary<long, SentMessage> _messages = [];
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
    }

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
        Bytes = 0;
        return lost;
    }
}
