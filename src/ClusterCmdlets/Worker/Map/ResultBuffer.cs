using System.Buffers.Binary;
using System.Diagnostics;
using Cluster.Protocol;

namespace Cluster.Worker.Map;

/// <summary>
/// Gathers what the items of a batch write, and sends it as it becomes much or old. Who writes waits while the master has too much
/// of the batch that it has not taken. Its members are called under the lock that it shares with its <see cref="ItemSource"/>, which a
/// wait leaves for as long as it takes; so what was looked at before a call that may wait must be looked at again.
/// </summary>
/// <param name="link">The way to the master.</param>
/// <param name="gate">The lock.</param>
internal sealed class ResultBuffer(IMapLink link, object gate)
{
    /// <summary>So much is sent at once, and kept at most of what is written when no batch runs.</summary>
    public const int FlushBytes = 32 * 1024;

    /// <summary>Entries that are older than this are sent with the end of an item.</summary>
    public static readonly long FlushTicks = Stopwatch.Frequency / 200;

    private const int Capacity = 2 * FlushBytes;

    private byte[] _bytes = new byte[Capacity];
    private int _length = MapEntry.HeadSize;
    private long _oldest;
    private long _correlation;
    private int _window;
    private long _onTheWay;
    private bool _isOpen;
    private bool _isMuted;
    private bool _isItemSent;

    /// <summary>The item that writes, by its position in the batch.</summary>
    public int Position { get; set; } = MapEntry.NoItem;

    /// <summary>How long its writers have waited, in all.</summary>
    public long WaitedTicks { get; private set; }

    /// <summary>Whether one of them waits now.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>What is written belongs to a batch from now on; what was written before goes with it.</summary>
    /// <param name="correlation">The batch.</param>
    /// <param name="window">How many bytes of it may be on their way.</param>
    public void Open(long correlation, int window)
    {
        _correlation = correlation;
        _window = window;
        _onTheWay = 0;
        _isOpen = true;
    }

    /// <summary>The batch has ended.</summary>
    public void Close() => _isOpen = false;

    /// <summary>Drops what was not sent, and what is written until <see cref="Reset"/>. Nobody waits any more.</summary>
    public void Mute()
    {
        _isMuted = true;
        _isOpen = false;
        _length = MapEntry.HeadSize;
        Monitor.PulseAll(gate);
    }

    /// <summary>Begins anew, with nothing.</summary>
    public void Reset()
    {
        _isMuted = false;
        _isOpen = false;
        _length = MapEntry.HeadSize;
        Position = MapEntry.NoItem;
    }

    /// <summary>Appends an entry of the item that writes. May wait.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="body">Its bytes.</param>
    public void Append(MapEntryKind kind, ReadOnlySpan<byte> body)
    {
        var (position, correlation) = (Position, _correlation);
        if (_length > MapEntry.HeadSize && _length + body.Length > FlushBytes)
        {
            Flush();
            if (Position != position || _correlation != correlation)
            {
                // A thread of an item that has ended while it waited here.
                position = MapEntry.NoItem;
            }
        }

        if (TryReserve(body.Length, out var destination))
        {
            MapEntry.WriteHead(destination, kind, position, body.Length);
            body.CopyTo(destination[MapEntry.Overhead..]);
            if (_length >= FlushBytes)
            {
                Flush();
            }
        }
    }

    /// <summary>Appends the end of the item. Never waits.</summary>
    /// <param name="outcome">How it has ended.</param>
    /// <param name="duration">How long it took.</param>
    public void AppendDone(MapItemOutcome outcome, TimeSpan duration)
    {
        if (TryReserve(MapEntry.DoneSize, out var destination))
        {
            MapEntry.WriteHead(destination, MapEntryKind.Done, Position, MapEntry.DoneSize);
            MapEntry.WriteDone(destination[MapEntry.Overhead..], outcome, duration);
        }

        if (_isItemSent)
        {
            // The master knows that the item was begun, and must not blame it for what the next one does.
            _isItemSent = false;
            _oldest = 0;
        }

        Position = MapEntry.NoItem;
    }

    /// <summary>Whether there is something that should not wait longer.</summary>
    /// <param name="now">The time.</param>
    /// <returns>True if so.</returns>
    public bool IsDue(long now) => _length > MapEntry.HeadSize && (now - _oldest >= FlushTicks || _length >= FlushBytes);

    /// <summary>Sends what was gathered, when the master has taken enough of what was sent before.</summary>
    public void Flush()
    {
        if (_isOpen && !HasRoom)
        {
            var start = Stopwatch.GetTimestamp();
            while (_isOpen && !HasRoom)
            {
                IsWaiting = true;
                Monitor.Wait(gate);
            }

            IsWaiting = false;
            WaitedTicks += Stopwatch.GetTimestamp() - start;
        }

        FlushNow();
    }

    /// <summary>Sends it if the master has room for it.</summary>
    public void TryFlush()
    {
        if (HasRoom)
        {
            FlushNow();
        }
    }

    /// <summary>Sends it at once, whatever the master has not taken: what comes behind must not wait.</summary>
    public void FlushNow()
    {
        if (!_isOpen || _length == MapEntry.HeadSize)
        {
            return;
        }

        BinaryPrimitives.WriteInt64LittleEndian(_bytes, _correlation);
        link.SendControl(ControlKind.MapResults, _bytes.AsSpan(0, _length));
        _onTheWay += _length;
        _isItemSent = Position != MapEntry.NoItem;
        _length = MapEntry.HeadSize;
        if (_bytes.Length > Capacity)
        {
            _bytes = new byte[Capacity];
        }
    }

    /// <summary>The master has taken results.</summary>
    /// <param name="taken">The batch, and how many bytes of payloads.</param>
    public void Take(in MapNumbers taken)
    {
        if (_isOpen && taken.Correlation == _correlation)
        {
            _onTheWay = Math.Max(0, _onTheWay - taken.Number);
            Monitor.PulseAll(gate);
        }
    }

    private bool HasRoom => _onTheWay == 0 || _onTheWay + _length <= _window;

    /// <summary>Takes room for an entry; none when nobody is to get it.</summary>
    private bool TryReserve(int bodyLength, out Span<byte> destination)
    {
        destination = default;
        var size = MapEntry.Overhead + bodyLength;
        if (_isMuted || (!_isOpen && _length + size > FlushBytes))
        {
            return false;
        }

        if (_length == MapEntry.HeadSize)
        {
            _oldest = Stopwatch.GetTimestamp();
        }

        if (_bytes.Length - _length < size)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + size));
        }

        destination = _bytes.AsSpan(_length, size);
        _length += size;
        return true;
    }
}
