using System.Diagnostics.CodeAnalysis;
using Cluster.Machines.Link;
using Cluster.Transport;

namespace Cluster.UnitTests.Machines;

/// <summary>Streams between two machines over a bus that loses messages.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "A connection holds nothing; the bus ends.")]
public sealed class MachineLinkTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FakeBus _bus = new();
    private readonly FakeBus.FakeConnection _leader;
    private readonly FakeBus.FakeConnection _agent;
    private readonly MachineLink _down;
    private readonly MachineLink _up;

    public MachineLinkTests()
    {
        _leader = _bus.Connect();
        _agent = _bus.Connect();
        _down = new MachineLink(_leader, "down");
        _up = new MachineLink(_agent, "up");
        _ = _leader.SubscribeAsync("up", message => _down.Deliver(message.Payload));
        _ = _agent.SubscribeAsync("down", message => _up.Deliver(message.Payload));
    }

    public void Dispose()
    {
        _down.Dispose();
        _up.Dispose();
        _bus.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Everything_arrives_in_order_whatever_is_lost(int seed)
    {
        var random = new Random(seed);
        _bus.Loses = _ => random.NextDouble() < 0.05;
        using var from = _down.Open(1);
        using var to = _up.Open(1);
        var sent = new byte[2_000_000];
        new Random(seed).NextBytes(sent);
        var writing = Task.Run(() =>
        {
            var sizes = new Random(seed + 1);
            for (var at = 0; at < sent.Length;)
            {
                var size = Math.Min(sizes.Next(1, 100_000), sent.Length - at);
                from.Write(sent, at, size);
                at += size;
            }

            from.Dispose();
        });
        var received = await Task.Run(() => ReadAll(to)).WaitAsync(Patience);
        await writing;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Both_directions_at_once_over_cuts_of_either_side()
    {
        using var here = _down.Open(1);
        using var there = _up.Open(1);
        var sent = new byte[8_000_000];
        new Random(5).NextBytes(sent);
        var work = new[]
        {
            Task.Run(() => { here.Write(sent); here.Flush(); }),
            Task.Run(() => { there.Write(sent); there.Flush(); }),
        };
        var reads = new[] { Task.Run(() => ReadSome(here, sent.Length)), Task.Run(() => ReadSome(there, sent.Length)) };
        using var cuts = new CancellationTokenSource();
        var cutting = Task.Run(async () =>
        {
            for (var side = 0; !cuts.IsCancellationRequested; side++)
            {
                var cut = side % 2 == 0 ? _leader : _agent;
                cut.Cut();
                await Task.Delay(3);
                cut.Heal();
                await Task.Delay(10);
            }
        });
        var received = await Task.WhenAll(reads).WaitAsync(Patience);
        await Task.WhenAll(work);
        await cuts.CancelAsync();
        await cutting;
        Assert.Equal(sent, received[0]);
        Assert.Equal(sent, received[1]);
    }

    [Fact]
    public async Task Who_writes_waits_while_nobody_reads_and_other_streams_go_on()
    {
        using var full = _down.Open(1);
        using var fullEnd = _up.Open(1);
        using var free = _down.Open(2);
        using var freeEnd = _up.Open(2);
        var writing = Task.Run(() => full.Write(new byte[OutgoingStream.Window + 1]));
        Assert.NotSame(writing, await Task.WhenAny(writing, Task.Delay(300)));
        Assert.False(full.HasRoom());
        free.Write([1, 2, 3]);
        Assert.Equal([1, 2, 3], ReadSome(freeEnd, 3));
        Assert.False(writing.IsCompleted);
        ReadSome(fullEnd, OutgoingStream.Window);
        await writing.WaitAsync(Patience);
    }

    [Fact]
    public async Task Who_waits_for_room_gets_it_although_the_word_of_it_was_lost()
    {
        using var from = _down.Open(1);
        using var to = _up.Open(1);
        var sent = new byte[2 * OutgoingStream.Window];
        var writing = Task.Run(() => from.Write(sent));

        // All that there is room for is there, and known to be.
        ReadSome(to, 1);
        await Task.Delay(600);
        _bus.Loses = subject => subject == "up";
        ReadSome(to, OutgoingStream.Window - 1);
        await Task.Delay(600);
        Assert.False(writing.IsCompleted);
        _bus.Loses = _ => false;
        await Task.Run(() => ReadSome(to, OutgoingStream.Window)).WaitAsync(Patience);
        await writing.WaitAsync(Patience);
    }

    [Fact]
    public async Task What_has_arrived_can_be_read_after_the_end_of_the_link()
    {
        using var from = _down.Open(1);
        using var to = _up.Open(1);
        from.Write([1, 2, 3]);
        Assert.True(to.WaitReadable(Patience));
        _up.Dispose();
        Assert.Equal([1, 2, 3], await Task.Run(() => ReadAll(to)).WaitAsync(Patience));
        Assert.Throws<IOException>(() => to.Write([1]));
    }

    [Fact]
    public async Task An_end_is_delivered_although_it_was_lost()
    {
        using var from = _down.Open(1);
        using var to = _up.Open(1);
        from.Write([1]);
        Assert.Equal([1], ReadSome(to, 1));
        _bus.Loses = subject => subject == "down";
        await from.DisposeAsync();
        await Task.Delay(100);
        _bus.Loses = _ => false;
        Assert.Empty(await Task.Run(() => ReadAll(to)).WaitAsync(Patience));
        await from.Delivered.WaitAsync(Patience);
    }

    [Fact]
    public void An_interruption_ends_a_wait_until_it_is_taken_back()
    {
        using var stream = _down.Open(1);
        stream.Interrupt();
        Assert.False(stream.WaitReadable(Patience));
        stream.Continue();
        Assert.False(stream.WaitReadable(TimeSpan.FromMilliseconds(20)));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 })]
    public void A_packet_that_is_none_is_refused(byte[] packet) => Assert.Throws<ProtocolException>(() => LinkPacket.Read(packet));

    [Fact]
    public void More_than_was_sent_cannot_have_been_received()
    {
        using var stream = _down.Open(1);
        Assert.Throws<ProtocolException>(() => _down.Deliver(LinkPacket.Write(LinkPacketKind.Progress, 1, 0, 5, 0, [])));
    }

    [Fact]
    public void More_than_there_is_room_for_is_refused()
    {
        using var stream = _down.Open(1);
        var piece = new byte[LinkPacket.MaxPiece];
        Assert.Throws<ProtocolException>(() =>
        {
            for (long at = 0; at < 2L * OutgoingStream.Window; at += piece.Length)
            {
                _down.Deliver(LinkPacket.Write(LinkPacketKind.Data, 1, at, 0, 0, piece));
            }
        });
    }

    private static byte[] ReadAll(MachineStream stream)
    {
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static byte[] ReadSome(MachineStream stream, int count)
    {
        var all = new byte[count];
        stream.ReadExactly(all);
        return all;
    }
}
