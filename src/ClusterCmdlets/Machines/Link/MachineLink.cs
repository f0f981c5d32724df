using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Cluster.Machines.Link;

/// <summary>
/// What two machines have between them: numbered streams over the bus, each in order, without a loss, and with a brake of its own, so that a
/// worker that does not read holds up no other. The bus may lose messages; each end keeps what it sent until the other has it.
/// Thread-safe.
/// </summary>
[SuppressMessage("Usage", "CA2213", Justification = "The bus belongs to who has made it.")]
internal sealed class MachineLink : IDisposable
{
    /// <summary>How often progress is told that nothing else has carried, in milliseconds.</summary>
    private const int TickMilliseconds = 250;

    private readonly IMessageBus _bus;
    private readonly string _subject;
    private readonly ConcurrentDictionary<int, MachineStream> _streams = new();
    private readonly Timer _timer;
    private long _heard = Environment.TickCount64;
    private volatile bool _isClosed;

    /// <summary>Creates an end of a link.</summary>
    /// <param name="bus">The connection.</param>
    /// <param name="subject">Where the other end listens.</param>
    public MachineLink(IMessageBus bus, string subject)
    {
        _bus = bus;
        _subject = subject;
        _timer = new Timer(_ => Tick(), null, TickMilliseconds, TickMilliseconds);
        bus.ConnectionChanged += OnConnectionChanged;
    }

    /// <summary>How long nothing has been heard from the other end.</summary>
    public TimeSpan Silence => TimeSpan.FromMilliseconds(Environment.TickCount64 - Volatile.Read(ref _heard));

    /// <summary>Opens a stream. The other end opens the one of the same number.</summary>
    /// <param name="number">Its number, used once.</param>
    /// <returns>The stream; it ends with the link.</returns>
    public MachineStream Open(int number)
    {
        var stream = new MachineStream(number, packet => _bus.Publish(_subject, packet), () => _streams.TryRemove(number, out _));
        if (!_streams.TryAdd(number, stream))
        {
            throw new InvalidOperationException($"The stream {number} is open already.");
        }

        if (_isClosed)
        {
            stream.Abort();
        }

        return stream;
    }

    /// <summary>Something has been heard from the other end by another way.</summary>
    public void NoteHeard() => Volatile.Write(ref _heard, Environment.TickCount64);

    /// <summary>Takes a message of the other end. One thread at a time.</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="Transport.ProtocolException">It is not a packet, or one that may not come.</exception>
    public void Deliver(ReadOnlyMemory<byte> message)
    {
        NoteHeard();
        var packet = LinkPacket.Read(message);

        // Of a stream that has ended here, packets may still be on their way.
        if (_streams.TryGetValue(packet.Stream, out var stream))
        {
            stream.Deliver(packet);
        }
    }

    /// <summary>Ends all streams: what has arrived can still be read.</summary>
    public void Dispose()
    {
        _isClosed = true;
        _bus.ConnectionChanged -= OnConnectionChanged;
        _timer.Dispose();
        foreach (var stream in _streams.Values)
        {
            stream.Abort();
        }
    }

    private void OnConnectionChanged(bool isConnected)
    {
        if (isConnected)
        {
            foreach (var stream in _streams.Values)
            {
                stream.Recover();
            }
        }
    }

    private void Tick()
    {
        foreach (var stream in _streams.Values)
        {
            stream.Tick();
        }
    }
}
