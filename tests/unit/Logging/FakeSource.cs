using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Logging;

/// <summary>A worker that only says who it is.</summary>
internal sealed class FakeSource(int slot) : IPeer
{
    public int Id => slot + 2;

    public int Slot => slot;

    public int ProcessId => 77;

    public ReplyTable Replies { get; } = new();

    public void ReturnCredit(in Frame frame) => throw new NotSupportedException();

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
