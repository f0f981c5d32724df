using Cluster.Transport;

namespace Cluster.Machines.Link;

/// <summary>
/// The sending half of a <see cref="MachineStream"/>: keeps what was sent until the other end has it, and sends no more than the
/// other end has room for. Its owner's lock is held for every call.
/// </summary>
internal sealed class OutgoingStream
{
    /// <summary>How many bytes may be on their way or unread, in each direction of a stream.</summary>
    public const int Window = 1024 * 1024;

    /// <summary>
    /// After this time without progress the last packet is sent again, in milliseconds, and then after twice as long. Losses are noticed sooner, by a
    /// gap or a connection that comes back: this is for the last packet before a pause. No more than that: over a slow connection
    /// there is no progress for long, and what is sent again makes it slower.
    /// </summary>
    private const long StaleMilliseconds = 3000;
    private const long MaxStaleMilliseconds = 60_000;

    private readonly Queue<(long End, byte[] Packet)> _kept = new();
    private readonly Action<byte[]> _publish;
    private long _consumed;
    private long _progressAt;
    private long _stale = StaleMilliseconds;
    private byte[] _last = [];

    /// <summary>Creates a half.</summary>
    /// <param name="publish">Sends a packet. It must not wait.</param>
    public OutgoingStream(Action<byte[]> publish)
    {
        _publish = publish;
    }

    /// <summary>How many bytes were sent, the end included.</summary>
    public long Sent { get; private set; }

    /// <summary>How many of them the other end has.</summary>
    public long Arrived { get; private set; }

    /// <summary>How many more may be sent now.</summary>
    public int Room => (int)Math.Max(0, Window - (Sent - _consumed));

    /// <summary>Whether the other end has everything.</summary>
    public bool IsDelivered => _kept.Count == 0;

    /// <summary>Sends a piece, and keeps it.</summary>
    /// <param name="packet">The packet that holds it.</param>
    /// <param name="size">How far it brings the stream.</param>
    public void Send(byte[] packet, int size)
    {
        if (_kept.Count == 0)
        {
            _progressAt = Environment.TickCount64;
        }

        Sent += size;
        _last = packet;
        _kept.Enqueue((Sent, packet));
        _publish(packet);
    }

    /// <summary>The other end has told how far it has come.</summary>
    /// <param name="received">Up to where it has everything.</param>
    /// <param name="consumed">Up to where that has been read.</param>
    /// <returns>Whether there is more room than before.</returns>
    /// <exception cref="ProtocolException">It has more than was sent.</exception>
    public bool OnProgress(long received, long consumed)
    {
        if (received > Sent)
        {
            throw new ProtocolException($"{received} bytes of a stream were received, of which {Sent} were sent.");
        }

        if (received > Arrived)
        {
            Arrived = received;
            _progressAt = Environment.TickCount64;
            _stale = StaleMilliseconds;
            while (_kept.TryPeek(out var first) && first.End <= received)
            {
                _kept.Dequeue();
            }
        }

        if (consumed <= _consumed)
        {
            return false;
        }

        _consumed = consumed;
        _stale = StaleMilliseconds;
        return true;
    }

    /// <summary>Sends what the other end may not have once more, in order.</summary>
    public void Resend()
    {
        _progressAt = Environment.TickCount64;
        foreach (var (_, packet) in _kept)
        {
            _publish(packet);
        }
    }

    /// <summary>Has the other end notice what was lost: it asks for what is missing, or tells that nothing is.</summary>
    /// <returns>Whether the other end is to be asked how far it is: it has everything, and there is no room; its word for more may be lost.</returns>
    public bool ResendIfStale()
    {
        if ((_kept.Count == 0 && Room > 0) || Environment.TickCount64 - _progressAt < _stale)
        {
            return false;
        }

        _progressAt = Environment.TickCount64;
        _stale = Math.Min(_stale * 2, MaxStaleMilliseconds);
        if (_kept.Count == 0)
        {
            return true;
        }

        _publish(_last);
        return false;
    }

    /// <summary>Nothing is kept any more: the other end is gone.</summary>
    public void Clear()
    {
        _kept.Clear();
        _last = [];
    }
}
