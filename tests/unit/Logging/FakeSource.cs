using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Logging;

/// <summary>A worker that only says who it is.</summary>
internal sealed class FakeSource(int slot) : IPeer
{
    event Action? IPeer.RoomChanged
    {
        add => throw new NotSupportedException();
        remove => throw new NotSupportedException();
    }

    public int Id => slot + 2;

    public int Slot => slot;

    public int ProcessId => 77;

    public ReplyTable Replies { get; } = new();

    public object? Subject => null;

    public IHandleCarrier? Handles => null;

    public string Condition => "has gone";

    public PeerLoad Load => throw new NotSupportedException();

    public long ChosenAt { get; set; }

    public SendResult TrySend(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body) => throw new NotSupportedException();

    public void RequestRoom(int size, int sibling) => throw new NotSupportedException();

    public void Resume() => throw new NotSupportedException();

    public void ReturnCredit(in Frame frame, bool isRead = true) => throw new NotSupportedException();

    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation)
    {
    }

    public void Interrupt()
    {
    }

    public void Flush() => throw new NotSupportedException();

    public SendResult Send(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
