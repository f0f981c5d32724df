using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>Who waits for whom when any receiver may have a message.</summary>
public sealed class DispatcherTests
{
    private static readonly OutgoingMessage Message = new(new DataHeader(0, DateTime.UnixEpoch, IsRaw: true), new byte[10]);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public void One_that_reads_nothing_gets_its_window_and_the_other_all_the_rest()
    {
        using var blocked = new FakePeer(1, messages: 10);
        using var free = new FakePeer(2, messages: 10);
        using var group = new FakeGroup(blocked, free);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(SendResult.Sent, Send(group, Deadline.After(Long), out var peer));
            if (peer == free)
            {
                free.Read(free.SentCount, free.SentCount);
            }
        }

        Assert.InRange(blocked.Sent.Count, 1, 10);
        Assert.Equal(1000, blocked.Sent.Count + free.Sent.Count);
    }

    [Fact]
    public void The_same_by_bytes()
    {
        using var blocked = new FakePeer(1, messages: 1000, bytes: 25);
        using var free = new FakePeer(2, messages: 1000, bytes: 25);
        using var group = new FakeGroup(blocked, free);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(SendResult.Sent, Send(group, Deadline.After(Long), out var peer));
            if (peer == free)
            {
                free.Read(free.SentCount, free.SentCount);
            }
        }

        Assert.InRange(blocked.Sent.Count, 1, 2);
    }

    [Fact]
    public void A_wait_ends_when_any_of_them_has_room()
    {
        using var first = new FakePeer(1, messages: 1);
        using var second = new FakePeer(2, messages: 1);
        using var group = new FakeGroup(first, second);
        Send(group, Deadline.Never, out _);
        Send(group, Deadline.Never, out _);
        var (thread, sent) = SendElsewhere(group);
        Assert.True(SpinWait.SpinUntil(() => second.Asked > 0, Long));
        second.Read(1, 1);
        Assert.True(thread.Join(Long));
        Assert.Equal((SendResult.Sent, second), sent());
    }

    [Fact]
    public void A_wait_ends_when_another_comes()
    {
        using var full = new FakePeer(1, messages: 1);
        using var other = new FakePeer(2);
        using var group = new FakeGroup(full);
        Send(group, Deadline.Never, out _);
        var (thread, sent) = SendElsewhere(group);
        Assert.True(SpinWait.SpinUntil(() => full.Asked > 0, Long));
        group.Add(other);
        Assert.True(thread.Join(Long));
        Assert.Equal((SendResult.Sent, other), sent());
    }

    [Fact]
    public void While_one_leaves_its_successor_is_waited_for()
    {
        using var leaving = new FakePeer(1);
        using var other = new FakePeer(2);
        using var group = new FakeGroup(leaving);
        leaving.Leave();
        var (thread, sent) = SendElsewhere(group);
        Assert.True(SpinWait.SpinUntil(() => leaving.Asked > 0, Long));
        group.Add(other);
        group.Remove(leaving);
        Assert.True(thread.Join(Long));
        Assert.Equal((SendResult.Sent, other), sent());
    }

    [Fact]
    public void With_nobody_left_it_is_closed()
    {
        using var last = new FakePeer(1, messages: 1);
        using var group = new FakeGroup(last);
        Send(group, Deadline.Never, out _);
        var (thread, sent) = SendElsewhere(group);
        Assert.True(SpinWait.SpinUntil(() => last.Asked > 0, Long));
        group.Remove(last);
        Assert.True(thread.Join(Long));
        Assert.Equal((SendResult.Closed, null), sent());
    }

    [Fact]
    public void A_wait_ends_by_its_deadline_and_by_cancellation()
    {
        using var full = new FakePeer(1, messages: 1);
        using var group = new FakeGroup(full);
        Send(group, Deadline.Never, out _);
        Assert.Equal(SendResult.Full, Send(group, Deadline.After(TimeSpan.Zero), out _));
        Assert.Equal(SendResult.Full, Send(group, Deadline.After(TimeSpan.FromMilliseconds(20)), out _));
        using var cancellation = new CancellationTokenSource();
        cancellation.CancelAfter(20);
        Assert.Throws<OperationCanceledException>(() =>
            Dispatcher.Send(group, FrameKind.Message, Message, null, Deadline.Never, cancellation.Token, out _, out _));
        Assert.Single(full.Sent);
    }

    [Fact]
    public void Nobody_waits_for_the_answer_of_a_message_that_was_not_sent()
    {
        using var full = new FakePeer(1, messages: 1);
        using var group = new FakeGroup(full);
        Assert.Equal(SendResult.Sent, Dispatcher.Send(group, FrameKind.Request, Message, new ReplyListener(_ => { }), Deadline.Never, default, out _, out var reply));
        Assert.Equal(full.Sent[0].Header.Correlation, reply!.Correlation);
        Assert.Equal(SendResult.Full, Dispatcher.Send(group, FrameKind.Request, Message, new ReplyListener(_ => { }), Deadline.After(TimeSpan.Zero), default, out _, out _));
        Assert.Equal(1, full.Replies.Count);
    }

    private static SendResult Send(IPeerGroup group, Deadline deadline, out IPeer? peer) =>
        Dispatcher.Send(group, FrameKind.Message, Message, null, deadline, default, out peer, out _);

    private static (Thread Thread, Func<(SendResult Result, IPeer? Peer)> Sent) SendElsewhere(IPeerGroup group)
    {
        (SendResult, IPeer?) outcome = default;
        var thread = new Thread(() =>
        {
            var result = Send(group, Deadline.After(Long), out var peer);
            outcome = (result, peer);
        });
        thread.Start();
        return (thread, () => outcome);
    }
}
