using System.Buffers.Binary;

namespace Cluster.Transport;

/// <summary>
/// The receiver's side of credit: records which messages were read, and returns their credit with the next frame to the
/// sender, when the reader waits, and after a quarter of the queue, so that the sender never runs dry. The payload is a
/// list of ranges of sequences, each of two 8-byte little-endian integers: first and last. Thread-safe.
/// </summary>
internal sealed class CreditLedger
{
    /// <summary>The largest payload of a credit frame.</summary>
    public const int MaxPayloadBytes = MaxStep * RangeSize;

    /// <summary>However long the queue, credit is returned after this many messages.</summary>
    private const int MaxStep = 250;
    private const int RangeSize = 2 * sizeof(long);
    private readonly List<Range> _ranges = [];
    private int _messages;
    private bool _isWanted;
    private long _bytes;

    /// <summary>A message was read.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="bytes">The size of its body.</param>
    /// <param name="limits">The channel's limits.</param>
    /// <returns>The payload of a credit frame when one is due, else null.</returns>
    public byte[]? Add(long sequence, int bytes, ChannelLimits limits)
    {
        lock (_ranges)
        {
            if (_ranges.Count > 0 && _ranges[^1].Last == sequence - 1)
            {
                _ranges[^1] = new Range(_ranges[^1].First, sequence);
            }
            else
            {
                _ranges.Add(new Range(sequence, sequence));
            }

            _messages++;
            _bytes += bytes;
            return _isWanted || _messages >= Math.Min(MaxStep, (limits.QueueMessages + 3) / 4) || _bytes >= limits.QueueBytes / 4 ? Take() : null;
        }
    }

    /// <summary>Takes the credit for the messages that were read since the last credit frame.</summary>
    /// <returns>The payload of a credit frame, or null when nothing was read.</returns>
    public byte[]? TakePending()
    {
        // Called with every message that is sent.
        if (Volatile.Read(ref _messages) == 0)
        {
            return null;
        }

        lock (_ranges)
        {
            return _messages > 0 ? Take() : null;
        }
    }

    /// <summary>The sender waits: takes the credit that is due; if there is none, that of the next message is returned at once.</summary>
    /// <returns>The payload of a credit frame, or null when nothing was read.</returns>
    public byte[]? Want()
    {
        lock (_ranges)
        {
            _isWanted = _messages == 0;
            return _isWanted ? null : Take();
        }
    }

    /// <summary>Reads the payload of a credit frame.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="unread">Takes the messages that were read.</param>
    /// <exception cref="ProtocolException">It is malformed, or names messages that were not sent.</exception>
    public static void Apply(ReadOnlySpan<byte> payload, InFlightMessages unread)
    {
        if (payload.Length % RangeSize != 0)
        {
            throw new ProtocolException("A credit frame has the wrong size.");
        }

        for (; !payload.IsEmpty; payload = payload[RangeSize..])
        {
            var last = BinaryPrimitives.ReadInt64LittleEndian(payload[sizeof(long)..]);

            // A forged range ends at its first message that was not sent.
            for (var sequence = BinaryPrimitives.ReadInt64LittleEndian(payload); sequence <= last; sequence++)
            {
                unread.Read(sequence);
            }
        }
    }

    private byte[] Take()
    {
        var payload = new byte[_ranges.Count * RangeSize];
        for (var i = 0; i < _ranges.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(i * RangeSize), _ranges[i].First);
            BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan((i * RangeSize) + sizeof(long)), _ranges[i].Last);
        }

        _isWanted = false;
        _ranges.Clear();
        _messages = 0;
        _bytes = 0;
        return payload;
    }

    private readonly record struct Range(long First, long Last);
}
