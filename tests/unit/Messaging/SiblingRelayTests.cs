using System.Runtime.CompilerServices;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>What passes what on the way from sibling to sibling.</summary>
public sealed class SiblingRelayTests
{
    private readonly List<long> _undelivered = [];
    private long _sequence;

    [Fact]
    public void An_answer_passes_messages_that_wait()
    {
        using var receiver = new FakePeer(1);
        using var flooding = new FakePeer(3);
        using var answering = new FakePeer(2);
        var relay = NewRelay(receiver);
        Flood(relay, flooding, 20);
        relay.Add(answering, NewFrame(FrameKind.Reply));
        Assert.Equal(FrameKind.Reply, receiver.Sent[^1].Kind);
        Assert.Equal(2, receiver.Sent[^1].Header.Peer);
    }

    [Theory]
    [InlineData(10, 1_000_000)]
    [InlineData(1000, 100)]
    public void One_that_floods_leaves_half_of_the_queue_to_others_by_messages_and_by_bytes(int messages, int bytes)
    {
        using var receiver = new FakePeer(1, messages, bytes);
        using var flooding = new FakePeer(3);
        using var other = new FakePeer(2);
        var relay = NewRelay(receiver);
        Flood(relay, flooding, 20);
        Assert.Equal(5, receiver.Sent.Count);
        Flood(relay, other, 1);
        Assert.Equal(2, receiver.Sent[^1].Header.Peer);
        Assert.Single(other.Returned);
    }

    [Fact]
    public void What_waits_leaves_in_order_when_there_is_room_and_its_sender_gets_credit_then()
    {
        using var receiver = new FakePeer(1);
        using var sender = new FakePeer(3);
        var relay = NewRelay(receiver);
        Flood(relay, sender, 6);
        Assert.Equal([1, 2], sender.Returned);
        receiver.Read(1, 2);
        Assert.Equal([1, 2, 3, 4], sender.Returned);
        receiver.Read(3, 4);
        Assert.Equal([1, 2, 3, 4, 5, 6], sender.Returned);
        Assert.Equal([1, 2, 3, 4, 5, 6], receiver.Sent.Select(sent => (int)sent.Body[0]));
    }

    [Fact]
    public void What_waits_for_one_that_leaves_or_ends_is_undeliverable()
    {
        using var receiver = new FakePeer(1);
        using var sender = new FakePeer(3);
        var relay = NewRelay(receiver);
        Flood(relay, sender, 4);
        receiver.Leave();
        Assert.Equal([3, 4], _undelivered);
        relay.Close();
        Flood(relay, sender, 1);
        Assert.Equal([3, 4, 5], _undelivered);
        relay.Add(sender, NewFrame(FrameKind.Reply));
        Assert.Equal([3, 4, 5], _undelivered);
    }

    [Fact]
    public void What_was_passed_on_is_let_go()
    {
        using var receiver = new FakePeer(1);
        using var sender = new FakePeer(3);
        var relay = NewRelay(receiver);
        var passed = PassOn(relay, sender, receiver);
        Cluster.UnitTests.Transport.LetGoTests.AssertFree(passed);
        GC.KeepAlive(relay);
    }

    [Fact]
    public async Task Many_threads_keep_the_order_of_each_sender()
    {
        const int Count = 2000;
        using var receiver = new FakePeer(1, messages: 8);
        FakePeer[] senders = [new(2), new(3), new(4)];
        var relay = NewRelay(receiver);
        var sending = senders.Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < Count; i++)
            {
                relay.Add(sender, new Frame(FrameKind.Message, new DataHeader(i, DateTime.UnixEpoch, IsRaw: true, Peer: 1), BitConverter.GetBytes(i)));
            }
        })).ToArray();
        var read = 0;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                if (receiver.SentCount is var sent && sent > read)
                {
                    receiver.Read(read + 1, sent);
                    read = sent;
                }

                return read == Count * senders.Length;
            },
            TimeSpan.FromSeconds(60)));
        await Task.WhenAll(sending);
        foreach (var sender in senders)
        {
            Assert.Equal(Enumerable.Range(0, Count), receiver.Sent.Where(sent => sent.Header.Peer == sender.Id).Select(sent => BitConverter.ToInt32(sent.Body)));
            sender.Dispose();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference[] PassOn(SiblingRelay<FakePeer> relay, FakePeer sender, FakePeer receiver)
    {
        Frame[] frames = [.. Enumerable.Range(0, 4).Select(_ => NewFrame(FrameKind.Message))];
        foreach (var frame in frames)
        {
            relay.Add(sender, frame);
        }

        receiver.Read(1, 2);
        Assert.Equal(4, receiver.SentCount);
        return [.. frames.Select(frame => new WeakReference(frame.Body))];
    }

    private SiblingRelay<FakePeer> NewRelay(FakePeer receiver) => new(receiver, _ => false, (_, frame) => _undelivered.Add(frame.Header.Sequence));

    private void Flood(SiblingRelay<FakePeer> relay, FakePeer sender, int count)
    {
        for (var i = 0; i < count; i++)
        {
            relay.Add(sender, NewFrame(FrameKind.Message));
        }
    }

    private Frame NewFrame(FrameKind kind)
    {
        var body = new byte[10];
        body[0] = (byte)++_sequence;
        return new Frame(kind, new DataHeader(_sequence, DateTime.UnixEpoch, IsRaw: true, Peer: 1), body);
    }
}
