using System.Runtime.CompilerServices;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Transport;

/// <summary>What was read, lost or dropped is held by no queue any more: its memory is free while the queue lives on.</summary>
[Collection(Alone.Name)]
public sealed class LetGoTests
{
    private static readonly DataHeader Header = new(0, DateTime.UnixEpoch, IsRaw: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_item_that_was_taken(bool isRecord)
    {
        var inbox = new Inbox<byte[]>();
        var taken = Fill(inbox, isRecord, item => TryTake(inbox, other => other == item));
        AssertFree(taken);
        Assert.Equal(1, inbox.Count);
    }

    [Fact]
    public void An_item_that_was_put_back_and_taken_again()
    {
        var inbox = new Inbox<byte[]>();
        var taken = Fill(inbox, isRecord: true, item =>
        {
            inbox.PutBack([TryTake(inbox, other => other == item)!]);
            TryTake(inbox, other => other == item);
        });
        AssertFree(taken);
        Assert.Equal(1, inbox.Count);
    }

    [Fact]
    public void Records_that_were_dropped()
    {
        var inbox = new Inbox<byte[]>();
        var dropped = Fill(inbox, isRecord: true, _ => { });
        for (var i = 0; i < SelectiveQueue<byte[]>.MaxRecords; i++)
        {
            inbox.Add([], isRecord: true);
        }

        AssertFree(dropped);
        Assert.Equal(4, inbox.DroppedRecords);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(LargeBody.MinBytes)]
    public void Messages_that_were_read(int size)
    {
        using var writer = new FrameWriter(ChannelLimits.Default);
        writer.WriteData(FrameKind.Message, Header, new byte[size], TimeSpan.Zero, default);
        writer.AddCredit([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal((0, 1L), (writer.Unread, writer.Read));
        Assert.Empty(writer.TakeLost());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(LargeBody.MinBytes)]
    public void Messages_that_were_lost(int size)
    {
        using var writer = new FrameWriter(ChannelLimits.Default);
        AssertFree(Lose(writer, size));
        Assert.Equal(3, writer.Unread);
        Assert.Equal(0, writer.Read);
        Assert.Empty(writer.TakeLost());
    }

    [Fact]
    public void What_was_not_written_at_the_end()
    {
        using var writer = new FrameWriter(ChannelLimits.Default);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 100; i++)
        {
            writer.WriteData(FrameKind.Record, Header, new byte[30_000], TimeSpan.Zero, default);
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 3_000_000, long.MaxValue);
        writer.Dispose();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1_000_000);
    }

    [Fact]
    public void An_answer_that_nobody_waits_for_any_more()
    {
        var replies = new ReplyTable();
        var answers = Answer(replies);
        AssertFree(answers);
        Assert.Equal(0, replies.Count);
        replies.Close();
        Assert.Equal(ReplyOutcome.None, replies.Open(new ReplyListener(_ => { })).Outcome);
        Assert.Equal(0, replies.Count);
    }

    private static byte[]? TryTake(Inbox<byte[]> inbox, Func<byte[], bool>? match) => inbox.Take(match, () => true, Deadline.Never, default);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] Fill(Inbox<byte[]> inbox, bool isRecord, Action<byte[]> take)
    {
        // The first stays in front, so that the places of the others are gaps.
        inbox.Add([1], isRecord);
        var items = new[] { new byte[1], new byte[1], new byte[1] };
        foreach (var item in items)
        {
            inbox.Add(item, isRecord);
        }

        if (isRecord)
        {
            inbox.Add([2], isRecord);
            TryTake(inbox, other => other is [2]);
        }

        foreach (var item in items)
        {
            take(item);
        }

        return [.. items.Select(item => new WeakReference(item))];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] Lose(FrameWriter writer, int size)
    {
        for (var i = 0; i < 3; i++)
        {
            writer.WriteData(FrameKind.Message, Header, new byte[size], TimeSpan.Zero, default);
        }

        var lost = writer.TakeLost();
        Assert.Equal(3, lost.Count);
        return [.. lost.Select(frame => new WeakReference(frame.Body))];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] Answer(ReplyTable replies)
    {
        var body = new byte[10];
        var asked = replies.Open(new ReplyListener(_ => { }));
        replies.Give(asked.Correlation, new Frame(FrameKind.Reply, Header, body));
        var forgotten = replies.Open(new ReplyListener(_ => { }));
        forgotten.Forget();
        replies.Give(forgotten.Correlation, new Frame(FrameKind.Reply, Header, body));
        return [new WeakReference(body)];
    }

    internal static void AssertFree(WeakReference[] items)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.DoesNotContain(items, item => item.IsAlive);
    }
}
