using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>The order of answers, and the bound of what is kept behind an unanswered request.</summary>
public sealed class RequestQueueTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public void Answers_are_taken_in_the_order_of_the_requests()
    {
        using var peer = new FakePeer(1);
        using var queue = new RequestQueue();
        var first = Ask(queue, peer);
        var second = Ask(queue, peer);
        Answer(peer, second, 1);
        Assert.Null(queue.TryTake());
        Answer(peer, first, 1);
        Assert.Same(first, queue.TryTake()!.Reply);
        Assert.Same(second, queue.TryTake()!.Reply);
        Assert.Null(queue.TryTake());
        Assert.Null(queue.WaitAndTake(default));
    }

    [Fact]
    public void It_is_full_when_too_much_is_kept_and_until_that_was_taken()
    {
        using var peer = new FakePeer(1);
        using var queue = new RequestQueue();
        var first = Ask(queue, peer);
        var kept = Enumerable.Range(0, 5).Select(_ => Ask(queue, peer)).ToArray();
        foreach (var reply in kept[..4])
        {
            Answer(peer, reply, (int)(RequestQueue.MaxKeptBytes / 5));
        }

        Assert.False(queue.IsFull);
        Answer(peer, kept[4], (int)(RequestQueue.MaxKeptBytes / 5));
        Assert.True(queue.IsFull);
        Answer(peer, first, 1);
        Assert.Same(first, queue.TryTake()!.Reply);
        Assert.Same(kept[0], queue.TryTake()!.Reply);
        Assert.False(queue.IsFull);
    }

    [Fact]
    public void Requests_that_cannot_be_answered_use_up_nothing()
    {
        using var peer = new FakePeer(1);
        using var queue = new RequestQueue();
        peer.Replies.Close();
        for (var i = 0; i < RequestQueue.MaxKeptBytes / 256; i++)
        {
            Assert.True(peer.Replies.Open(queue.Listener).IsCompleted);
        }

        Assert.False(queue.IsFull);
    }

    [Fact]
    public void Many_small_answers_are_bounded_as_well()
    {
        using var peer = new FakePeer(1);
        using var queue = new RequestQueue();
        Ask(queue, peer);
        var count = 0;
        while (!queue.IsFull && count < 1_000_000)
        {
            Answer(peer, Ask(queue, peer), 1);
            count++;
        }

        Assert.InRange(count, 20_000, 500_000);
    }

    [Fact]
    public void One_that_is_late_is_taken_without_an_answer_and_a_later_one_is_dropped()
    {
        using var peer = new FakePeer(1);
        using var queue = new RequestQueue();
        var late = Ask(queue, peer, Deadline.After(TimeSpan.FromMilliseconds(20)));
        Assert.Same(late, queue.WaitAndTake(default)!.Reply);
        Assert.Equal(ReplyOutcome.Forgotten, late.Outcome);
        peer.Replies.Give(late.Correlation, new Frame(FrameKind.Reply, default, new byte[1]));
        Assert.Equal(ReplyOutcome.Forgotten, late.Outcome);
        Assert.Equal(0, peer.Replies.Count);
    }

    [Fact]
    public void A_wait_ends_with_the_answer_with_the_end_of_the_receiver_and_by_cancellation()
    {
        using var peer = new FakePeer(1);
        using var queue = new RequestQueue();
        var answered = Ask(queue, peer);
        var lost = Ask(queue, peer);
        var taken = new List<ReplyOutcome>();
        var thread = new Thread(() =>
        {
            taken.Add(queue.WaitAndTake(default)!.Reply.Outcome);
            taken.Add(queue.WaitAndTake(default)!.Reply.Outcome);
        });
        thread.Start();
        Answer(peer, answered, 1);
        peer.End();
        Assert.True(thread.Join(Long));
        Assert.Equal([ReplyOutcome.Answered, ReplyOutcome.None], taken);
        Assert.Equal(ReplyOutcome.None, lost.Outcome);
        using var other = new FakePeer(2);
        Ask(queue, other);
        using var cancellation = new CancellationTokenSource();
        cancellation.CancelAfter(20);
        Assert.Throws<OperationCanceledException>(() => queue.WaitAndTake(cancellation.Token));
        queue.Dispose();
        Assert.Equal(0, other.Replies.Count);
    }

    private static PendingReply Ask(RequestQueue queue, FakePeer peer) => Ask(queue, peer, Deadline.Never);

    private static PendingReply Ask(RequestQueue queue, FakePeer peer, Deadline deadline)
    {
        var reply = peer.Replies.Open(queue.Listener);
        queue.Add(new PendingRequest(new Receiver(peer), reply, deadline));
        return reply;
    }

    private static void Answer(FakePeer peer, PendingReply reply, int size) =>
        peer.Replies.Give(reply.Correlation, new Frame(FrameKind.Reply, default, new byte[size]));
}
