namespace Cluster.Transport;

/// <summary>
/// How much a sender may still send: credit in messages and bytes, and whether the other side has been asked for more.
/// Not thread-safe.
/// </summary>
internal sealed class SendWindow
{
    private readonly InFlightMessages _unread = new();
    private bool _isFull;
    private bool _hasAsked;

    /// <summary>Starts with nothing unread.</summary>
    /// <param name="limits">The channel's limits.</param>
    public SendWindow(ChannelLimits limits)
    {
        Limits = limits;
    }

    /// <summary>The channel's limits.</summary>
    public ChannelLimits Limits { get; set; }

    /// <summary>Messages that the receiver has not read.</summary>
    public int Unread => _unread.Count;

    /// <summary>Messages that it has read.</summary>
    public long Read => _unread.ReadCount;

    /// <summary>Whether there is credit for a message. One of any size may go when nothing else is unread.</summary>
    /// <param name="size">The size of its body.</param>
    /// <returns>True if it may be sent.</returns>
    public bool HasRoom(int size) =>
        _unread.Count < Limits.QueueMessages && (_unread.Bytes + size <= Limits.QueueBytes || _unread.Count == 0);

    /// <summary>A message is sent.</summary>
    /// <param name="message">The message.</param>
    public void Add(in SentMessage message) => _unread.Add(message);

    /// <summary>The receiver has read messages.</summary>
    /// <param name="payload">The payload of a credit frame.</param>
    /// <exception cref="ProtocolException">It is malformed, or names messages that were not sent.</exception>
    public void AddCredit(ReadOnlySpan<byte> payload)
    {
        CreditLedger.Apply(payload, _unread);
        _hasAsked = false;
        _isFull &= _unread.Count > Limits.QueueMessages / 2 || _unread.Bytes > Limits.QueueBytes / 2;
    }

    /// <summary>A sender begins to wait.</summary>
    /// <returns>Whether it is the first since half of the queue was free.</returns>
    public bool BeginFull()
    {
        var isFirst = !_isFull;
        _isFull = true;
        return isFirst;
    }

    /// <summary>A sender is still waiting.</summary>
    /// <returns>Whether the receiver is to be asked for credit: once until it answers.</returns>
    public bool BeginAsk()
    {
        var isFirst = !_hasAsked;
        _hasAsked = true;
        return isFirst;
    }

    /// <summary>The receiver has ended: gives up the messages that it did not read. They still count as not read.</summary>
    /// <returns>The messages, in the order of sending.</returns>
    public IReadOnlyList<Frame> TakeLost() => _unread.TakeLost();
}
