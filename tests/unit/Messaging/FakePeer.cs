using System.Buffers.Binary;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>A receiver whose channel is connected to nothing: what it reads is what a test says.</summary>
internal sealed class FakePeer(int id, int messages = 4, long bytes = 1_000_000) : IPeer, IDisposable
{
    private readonly FrameWriter _writer = new(new ChannelLimits(1024 * 1024, messages, bytes));
    private readonly List<(FrameKind Kind, DataHeader Header, byte[] Body)> _sent = [];

    public event Action? RoomChanged;

    public int Id => id;

    public int Slot => id - 1;

    public int ProcessId => 0;

    public object? Subject => this;

    public string Condition => "has gone";

    public bool IsUnproven { get; set; }

    public PeerLoad Load => new(_writer.Use, Replies.Count, IsUnproven);

    public long ChosenAt { get; set; }

    public ReplyTable Replies { get; } = new();

    public IHandleCarrier? Handles { get; init; }

    /// <summary>What was sent to it.</summary>
    public IReadOnlyList<(FrameKind Kind, DataHeader Header, byte[] Body)> Sent
    {
        get
        {
            lock (_sent)
            {
                return [.. _sent];
            }
        }
    }

    /// <summary>How much was sent to it.</summary>
    public int SentCount
    {
        get
        {
            lock (_sent)
            {
                return _sent.Count;
            }
        }
    }

    /// <summary>What of its own was passed on or read.</summary>
    public List<long> Returned { get; } = [];

    /// <summary>How often somebody has waited for its room.</summary>
    public int Asked { get; private set; }

    public SendResult TrySend(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body)
    {
        lock (_sent)
        {
            var result = _writer.TryWriteData(kind, header, body);
            if (result == SendResult.Sent)
            {
                _sent.Add((kind, header, body.ToArray()));
            }

            return result;
        }
    }

    public SendResult Send(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation) =>
        _writer.WriteData(kind, header, body, timeout, cancellation);

    public void RequestRoom(int size, int sibling)
    {
        Asked++;
        _writer.RequestRoom(size, sibling);
    }

    public void Flush()
    {
    }

    public void ReturnCredit(in Frame frame, bool isRead = true) => Returned.Add(frame.Header.Sequence);

    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation)
    {
    }

    public void Interrupt()
    {
    }

    public void Resume()
    {
    }

    /// <summary>It reads messages, by their places in the order of sending.</summary>
    public void Read(long first, long last)
    {
        var payload = new byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, first);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(sizeof(long)), last);
        _writer.AddCredit(payload);
        RoomChanged?.Invoke();
    }

    /// <summary>It takes no more messages.</summary>
    public void Leave()
    {
        _writer.StopAccepting();
        RoomChanged?.Invoke();
    }

    /// <summary>It ends without having read the rest, which goes back to those who take it.</summary>
    public void End()
    {
        Leave();
        foreach (var lost in _writer.TakeLost())
        {
            Replies.TakeBack(lost);
        }

        Replies.Close();
    }

    /// <summary>It answers or acknowledges.</summary>
    public void Answer(int place, string text = "")
    {
        var header = Sent[place].Header;
        Replies.Give(header.Correlation, new Frame(FrameKind.Reply, header, System.Text.Encoding.UTF8.GetBytes(text)));
    }

    public void Dispose() => _writer.Dispose();
}
