using Cluster.Transport;

namespace Cluster.Machines.Link;

/// <summary>
/// The receiving half of a <see cref="MachineStream"/>: puts pieces in order, leaves out what comes twice, and knows what is missing. Its owner's
/// lock is held for every call.
/// </summary>
internal sealed class IncomingStream
{
    /// <summary>How much is read before the sender is told at once.</summary>
    private const int TellAfter = OutgoingStream.Window / 4;

    private readonly Queue<ReadOnlyMemory<byte>> _pieces = new();
    private ReadOnlyMemory<byte> _first;
    private long _toldReceived;
    private long _toldConsumed;
    private long _askedAt = -1;
    private long _askedTick;

    /// <summary>Up to where everything has arrived.</summary>
    public long Received { get; private set; }

    /// <summary>Up to where it has been read.</summary>
    public long Consumed { get; private set; }

    /// <summary>Whether the sender has ended the stream.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether nobody reads any more: what arrives is dropped.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Whether something can be read.</summary>
    public bool HasData => !_first.IsEmpty || _pieces.Count > 0;

    /// <summary>Whether the sender should be told at once how much room it has.</summary>
    public bool IsDue => Consumed - _toldConsumed >= TellAfter;

    /// <summary>Whether the sender does not know how far this half has come.</summary>
    public bool HasNews => Received != _toldReceived || Consumed != _toldConsumed;

    /// <summary>Takes a piece.</summary>
    /// <param name="packet">The packet.</param>
    /// <returns>Whether something before it is missing, for which the sender has not been asked yet.</returns>
    /// <exception cref="ProtocolException">The sender had no room for it.</exception>
    public bool Add(in LinkPacket packet)
    {
        if (packet.Offset > Received)
        {
            return ShouldAsk();
        }

        var isEnd = packet.Kind == LinkPacketKind.End;
        var size = isEnd ? 1 : packet.Piece.Length;
        var skip = Received - packet.Offset;
        if (skip >= size || HasEnded)
        {
            // A second time: the sender does not know that it is here.
            _toldReceived = -1;
            return false;
        }

        // The end needs no room.
        Received += size - skip;
        if (Received - Consumed > OutgoingStream.Window + 1)
        {
            throw new ProtocolException("A stream has more than it has room for.");
        }

        if (isEnd)
        {
            HasEnded = true;
        }
        else if (!IsAbandoned)
        {
            _pieces.Enqueue(packet.Piece[(int)skip..]);
        }

        Consumed = IsAbandoned ? Received : Consumed;
        return false;
    }

    /// <summary>Reads what is there.</summary>
    /// <param name="buffer">Where to.</param>
    /// <returns>The number of bytes; 0 when there is nothing.</returns>
    public int Read(Span<byte> buffer)
    {
        var read = 0;
        while (read < buffer.Length && HasData)
        {
            _first = _first.IsEmpty ? _pieces.Dequeue() : _first;
            var size = Math.Min(_first.Length, buffer.Length - read);
            _first.Span[..size].CopyTo(buffer[read..]);
            _first = _first[size..];
            read += size;
        }

        Consumed += read;
        return read;
    }

    /// <summary>Gives what is there to somebody who may take it as a whole, without a copy.</summary>
    /// <param name="tryTake">Takes it, or says that it does not.</param>
    /// <returns>Whether it was taken.</returns>
    public bool TryGive(Func<ReadOnlyMemory<byte>, bool> tryTake)
    {
        if (!_first.IsEmpty || _pieces.Count != 1 || !tryTake(_pieces.Peek()))
        {
            return false;
        }

        Consumed += _pieces.Dequeue().Length;
        return true;
    }

    /// <summary>Nobody reads any more.</summary>
    public void Abandon()
    {
        IsAbandoned = true;
        _pieces.Clear();
        _first = default;
        Consumed = Received;
    }

    /// <summary>The sender is told now.</summary>
    public void NoteTold()
    {
        _toldReceived = Received;
        _toldConsumed = Consumed;
    }

    /// <summary>A sender is asked once for what is missing, and again when that has not come after a while.</summary>
    private bool ShouldAsk()
    {
        var now = Environment.TickCount64;
        if (_askedAt == Received && now - _askedTick < 200)
        {
            return false;
        }

        _askedAt = Received;
        _askedTick = now;
        return true;
    }
}
