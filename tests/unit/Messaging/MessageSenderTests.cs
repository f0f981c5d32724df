using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>Who waits for whom when a command sends to several receivers, and what becomes of acknowledgements.</summary>
public sealed class MessageSenderTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private readonly List<ClusterException> _errors = [];

    [Fact]
    public void Each_of_several_gets_a_message_when_it_has_room_and_in_order()
    {
        using var slow = new FakePeer(1);
        using var quick = new FakePeer(2, messages: 1000);
        using var sender = NewSender();
        SendToEach(sender, 20, slow, quick);
        Assert.Equal(4, slow.SentCount);
        Assert.Equal(20, quick.SentCount);
        slow.Read(1, 4);
        Assert.Equal(8, slow.SentCount);
        for (var read = 4; read < 20; read += 4)
        {
            slow.Read(read + 1, read + 4);
        }

        sender.Complete();
        Assert.Equal(Enumerable.Range(0, 20), slow.Sent.Select(sent => (int)sent.Body[0]));
        Assert.Empty(_errors);
    }

    [Fact]
    public void The_sender_waits_while_none_of_them_has_room()
    {
        using var first = new FakePeer(1, messages: 1);
        using var second = new FakePeer(2, messages: 1);
        using var sender = NewSender();
        var thread = new Thread(() => SendToEach(sender, 3, first, second));
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => first.Asked > 0 && second.Asked > 0, Long));
        Assert.False(thread.Join(50));
        first.Read(1, 1);
        Assert.True(SpinWait.SpinUntil(() => first.SentCount == 2, Long));
        first.Read(2, 2);
        Assert.True(thread.Join(Long));
        Assert.Equal(3, first.SentCount);
        Assert.Equal(1, second.SentCount);
    }

    [Fact]
    public void What_is_kept_for_one_that_is_behind_is_bounded()
    {
        using var slow = new FakePeer(1, messages: 1);
        using var quick = new FakePeer(2, messages: 1_000_000, bytes: long.MaxValue);
        using var sender = NewSender();
        var thread = new Thread(() =>
        {
            for (var i = 0; i < 40; i++)
            {
                sender.SendToEach([new Receiver(slow), new Receiver(quick)], New(i, size: 1024 * 1024), null, areAll: true);
            }
        });
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => quick.SentCount >= 16, Long));
        Assert.False(thread.Join(100));
        Assert.InRange(quick.SentCount, 16, 18);
        slow.End();
        Assert.True(thread.Join(Long));
        Assert.Equal(40, quick.SentCount);
        Assert.All(_errors, error => Assert.Same(slow, error.ErrorRecord.TargetObject));
    }

    [Fact]
    public void Those_that_did_not_get_it_in_time_are_named_and_the_others_have_it()
    {
        using var full = new FakePeer(1, messages: 1);
        using var free = new FakePeer(2);
        using var sender = NewSender(TimeSpan.FromMilliseconds(30));
        SendToEach(sender, 3, full, free);
        sender.Complete();
        Assert.Equal(3, free.SentCount);
        Assert.Equal(2, _errors.Count);
        Assert.All(_errors, error => Assert.Equal((ClusterErrorId.SendTimeout, full), (error.ErrorRecord.FullyQualifiedErrorId, error.ErrorRecord.TargetObject)));
        full.Read(1, 1);
        Assert.Equal(1, full.SentCount);
    }

    [Fact]
    public void A_message_that_any_may_have_goes_on_when_its_receiver_ends_without_reading_it()
    {
        using var first = new FakePeer(1);
        using var second = new FakePeer(2);
        using var group = new FakeGroup(first, second);
        using var sender = NewSender(isAcknowledged: true);
        sender.SendToAny(group, New(7), null);
        Assert.Equal(1, first.SentCount);
        var thread = new Thread(sender.Complete);
        thread.Start();
        group.Remove(first);
        first.End();
        Assert.True(SpinWait.SpinUntil(() => second.SentCount == 1, Long));
        Assert.Equal(7, second.Sent[0].Body[0]);
        second.Answer(0);
        Assert.True(thread.Join(Long));
        Assert.Empty(_errors);
    }

    [Fact]
    public void A_message_for_one_receiver_is_an_error_when_that_ends_without_reading_it()
    {
        using var gone = new FakePeer(1);
        using var sender = NewSender(isAcknowledged: true);
        sender.Send(new Receiver(gone), New(1), null);
        gone.End();
        sender.Complete();
        Assert.Equal(ClusterErrorId.WorkerExited, Assert.Single(_errors).ErrorRecord.FullyQualifiedErrorId);
    }

    [Fact]
    public void Acknowledgements_are_waited_for_at_the_end_and_those_that_are_missing_are_named()
    {
        using var reading = new FakePeer(1);
        using var blocked = new FakePeer(2);
        using var sender = NewSender(TimeSpan.FromMilliseconds(100), isAcknowledged: true);
        SendToEach(sender, 2, reading, blocked);
        reading.Answer(0);
        reading.Answer(1);
        sender.Complete();
        Assert.Equal(2, _errors.Count);
        Assert.All(_errors, error => Assert.Equal((ClusterErrorId.AcknowledgeTimeout, blocked), (error.ErrorRecord.FullyQualifiedErrorId, error.ErrorRecord.TargetObject)));
        Assert.Equal(0, blocked.Replies.Count);
    }

    private static void SendToEach(MessageSender sender, int count, params FakePeer[] peers)
    {
        for (var i = 0; i < count; i++)
        {
            sender.SendToEach([.. peers.Select(peer => new Receiver(peer))], New(i), null, areAll: true);
        }
    }

    private static OutgoingMessage New(int number, int size = 10)
    {
        var body = new byte[size];
        body[0] = (byte)number;
        return new OutgoingMessage(new DataHeader(0, DateTime.UnixEpoch, IsRaw: true), body);
    }

    private MessageSender NewSender(TimeSpan? timeout = null, bool isAcknowledged = false) =>
        new(timeout ?? Timeout.InfiniteTimeSpan, isAcknowledged, _errors.Add, default);
}
