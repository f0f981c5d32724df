using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>The choice of a receiver for a message that any may have.</summary>
public sealed class LeastLoadedRouterTests
{
    private static readonly DataHeader Header = new(0, DateTime.UnixEpoch, IsRaw: true);

    [Fact]
    public void The_one_with_the_fewest_unread_messages()
    {
        using var busy = Loaded(1, 2);
        using var free = Loaded(2, 1);
        Assert.Same(free, LeastLoadedRouter.Choose([busy, free], 1));
    }

    [Fact]
    public void Requests_that_wait_for_their_answer_count()
    {
        using var busy = Loaded(1, 0);
        using var free = Loaded(2, 1);
        busy.Replies.Open(new ReplyListener(_ => { }));
        busy.Replies.Open(new ReplyListener(_ => { }));
        Assert.Same(free, LeastLoadedRouter.Choose([busy, free], 1));
    }

    [Fact]
    public void Bytes_count_when_they_are_the_larger_share()
    {
        using var many = Loaded(1, 2, size: 1);
        using var large = Loaded(2, 1, size: 900_000);
        Assert.Same(many, LeastLoadedRouter.Choose([many, large], 1));
    }

    [Fact]
    public void Of_equals_the_one_that_was_not_chosen_for_the_longest_time()
    {
        using var first = new FakePeer(1) { ChosenAt = 7 };
        using var second = new FakePeer(2) { ChosenAt = 5 };
        using var third = new FakePeer(3) { ChosenAt = 6 };
        Assert.Same(second, LeastLoadedRouter.Choose([first, second, third], 1));
    }

    [Fact]
    public void One_without_room_is_passed_over_by_messages_and_by_bytes()
    {
        using var full = Loaded(1, 1, messages: 1);
        using var fullOfBytes = Loaded(2, 1, size: 10, bytes: 10);
        using var busy = Loaded(3, 3);
        Assert.Same(busy, LeastLoadedRouter.Choose([full, fullOfBytes, busy], 1));
        Assert.Null(LeastLoadedRouter.Choose([full, fullOfBytes], 1));
    }

    [Fact]
    public void One_that_leaves_is_passed_over()
    {
        using var leaving = new FakePeer(1);
        using var busy = Loaded(2, 3);
        leaving.Leave();
        Assert.Same(busy, LeastLoadedRouter.Choose([leaving, busy], 1));
        Assert.Null(LeastLoadedRouter.Choose([leaving], 1));
    }

    [Fact]
    public void One_that_may_never_be_ready_gets_nothing_while_there_is_another()
    {
        using var unproven = new FakePeer(1) { IsUnproven = true };
        using var busy = Loaded(2, 3);
        using var full = Loaded(3, 1, messages: 1);
        Assert.Same(busy, LeastLoadedRouter.Choose([unproven, busy], 1));
        Assert.Null(LeastLoadedRouter.Choose([unproven, full], 1));
        full.Leave();
        Assert.Same(unproven, LeastLoadedRouter.Choose([unproven, full], 1));
    }

    private static FakePeer Loaded(int id, int count, int size = 1, int messages = 4, long bytes = 1_000_000)
    {
        var peer = new FakePeer(id, messages, bytes);
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(SendResult.Sent, peer.TrySend(FrameKind.Message, Header, new byte[size]));
        }

        return peer;
    }
}
