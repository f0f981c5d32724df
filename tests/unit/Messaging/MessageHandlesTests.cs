using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>A handle goes ahead of its message, and with it to the next receiver; it stays nowhere without its message.</summary>
public sealed class MessageHandlesTests : IDisposable
{
    private readonly List<ClusterException> _errors = [];
    private readonly Socket _socket = new(SocketType.Dgram, ProtocolType.Udp);
    private readonly FakeCarrier _way = new();
    private readonly FakeCarrier _otherWay = new();

    public void Dispose() => _socket.Dispose();

    [Fact]
    public void A_message_names_the_handle_that_was_sent_ahead_of_it()
    {
        using var peer = new FakePeer(1) { Handles = _way };
        using var sender = NewSender();
        _way.Sending = () => Assert.Equal(0, peer.SentCount);
        sender.SendToAny(new FakeGroup(peer), New(), null);
        Assert.Equal(1, Assert.Single(peer.Sent).Header.Handle);
        Assert.Same(_socket, Assert.Single(_way.Sent));
        Assert.Empty(_way.Withdrawn);
    }

    [Fact]
    public void A_handle_whose_message_finds_no_room_is_withdrawn()
    {
        using var peer = new FakePeer(1, messages: 1) { Handles = _way };
        using var sender = NewSender(TimeSpan.FromMilliseconds(50));
        sender.Send(new Receiver(peer), New(), null);
        sender.Send(new Receiver(peer), New(), null);
        Assert.Equal(ClusterErrorId.SendTimeout, Assert.Single(_errors).ErrorRecord.FullyQualifiedErrorId);
        Assert.Equal([2L], _way.Withdrawn);
    }

    [Fact]
    public void A_handle_whose_sender_stops_waiting_is_withdrawn()
    {
        using var peer = new FakePeer(1, messages: 1) { Handles = _way };
        using var stop = new CancellationTokenSource();
        using var sender = new MessageSender(Timeout.InfiniteTimeSpan, isAcknowledged: true, _errors.Add, stop.Token);
        sender.Send(new Receiver(peer), New(), null);
        _way.Sending = stop.Cancel;
        Assert.ThrowsAny<OperationCanceledException>(() => sender.Send(new Receiver(peer), New(), null));
        Assert.Equal([2L], _way.Withdrawn);
        Assert.Equal(1, peer.Replies.Count);
    }

    [Fact]
    public void A_message_that_comes_back_takes_its_handle_to_the_next_receiver()
    {
        using var ending = new FakePeer(1) { Handles = _way };
        using var next = new FakePeer(2) { Handles = _otherWay, IsUnproven = true };
        var group = new FakeGroup(ending, next);
        using var sender = NewSender(isAcknowledged: true);
        sender.SendToAny(group, New(), null);
        Assert.Equal(1, ending.SentCount);
        ending.End();
        _otherWay.Sending = () => Assert.Equal(0, next.SentCount);
        var thread = new Thread(sender.Complete);
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => next.SentCount == 1, TimeSpan.FromSeconds(30)));
        next.Answer(0);
        thread.Join();
        Assert.Same(_socket, Assert.Single(_otherWay.Sent));
        Assert.Equal(1, next.Sent[0].Header.Handle);
        Assert.Empty(_errors);
    }

    [Fact]
    public void A_receiver_that_ends_while_the_handle_is_sent_is_passed_over()
    {
        using var ending = new FakePeer(1) { Handles = _way };
        using var next = new FakePeer(2) { Handles = _otherWay, IsUnproven = true };
        using var sender = NewSender();
        _way.Result = SendResult.Closed;
        _way.Sending = ending.Leave;
        sender.SendToAny(new FakeGroup(ending, next), New(), null);
        Assert.Equal((0, 1), (ending.SentCount, next.SentCount));
        Assert.Empty(_errors);
    }

    [Fact]
    public void Any_is_given_up_when_no_way_opens_in_time()
    {
        using var peer = new FakePeer(1) { Handles = _way };
        using var sender = NewSender(TimeSpan.Zero);
        _way.Result = SendResult.Full;
        sender.SendToAny(new FakeGroup(peer), New(), null);
        Assert.Equal(ClusterErrorId.SendTimeout, Assert.Single(_errors).ErrorRecord.FullyQualifiedErrorId);
        Assert.Equal(0, peer.SentCount);
    }

    [Fact]
    public void What_a_sibling_says_of_a_handle_goes_no_further()
    {
        using var receiver = new FakePeer(1);
        using var sender = new FakePeer(2);
        var relay = new SiblingRelay<FakePeer>(receiver, _ => false, (_, _) => { });
        relay.Add(sender, new Frame(FrameKind.Message, new DataHeader(1, DateTime.UnixEpoch, IsRaw: true, Peer: 1, Handle: 7), []));
        Assert.Equal(0, Assert.Single(receiver.Sent).Header.Handle);
    }

    private OutgoingMessage New() => new(new DataHeader(0, DateTime.UnixEpoch, IsRaw: true), new byte[10], _socket);

    private MessageSender NewSender(TimeSpan? timeout = null, bool isAcknowledged = false) =>
        new(timeout ?? Timeout.InfiniteTimeSpan, isAcknowledged, _errors.Add, default);
}
