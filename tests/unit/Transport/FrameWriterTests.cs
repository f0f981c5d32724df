using System.IO.Pipes;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Transport;

/// <summary>Credit, order and ends of the sending side.</summary>
public sealed class FrameWriterTests
{
    private static readonly DataHeader Header = new(0, DateTime.UnixEpoch, IsRaw: true);

    [Fact]
    public void Without_credit_a_message_times_out_and_is_not_sent()
    {
        using var writer = NewWriter(messages: 2);
        Assert.Equal(SendResult.Sent, Send(writer));
        Assert.Equal(SendResult.Sent, Send(writer));
        Assert.Equal(SendResult.TimedOut, Send(writer));
        Assert.Equal(2, writer.Unread);
        Assert.Equal(2, writer.Sent);
    }

    [Fact]
    public void Bytes_count_as_well_but_a_message_over_the_limit_may_go_alone()
    {
        using var writer = NewWriter(messages: 100, bytes: 10);
        Assert.Equal(SendResult.Sent, Send(writer, size: 50));
        Assert.Equal(SendResult.TimedOut, Send(writer, size: 1));
        writer.AddCredit(Credit(1, 1));
        Assert.Equal(SendResult.Sent, Send(writer, size: 10));
        Assert.Equal(SendResult.TimedOut, Send(writer, size: 1));
    }

    [Fact]
    public void Credit_wakes_a_waiting_sender()
    {
        using var writer = NewWriter(messages: 1);
        Send(writer);
        var full = new ManualResetEventSlim();
        writer.Full += full.Set;
        var result = SendResult.Closed;
        var sender = new Thread(() => result = writer.WriteData(FrameKind.Message, Header, new byte[1], TimeSpan.FromSeconds(30), default));
        sender.Start();
        Assert.True(full.Wait(TimeSpan.FromSeconds(30)));
        writer.AddCredit(Credit(1, 1));
        Assert.True(sender.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal(SendResult.Sent, result);
    }

    [Fact]
    public void A_sealed_writer_refuses_messages_and_still_takes_answers()
    {
        using var writer = NewWriter(messages: 2);
        Assert.Equal(SendResult.Sent, Send(writer));
        Assert.True(writer.IsAccepting);
        writer.StopAccepting();
        Assert.False(writer.IsAccepting);
        Assert.Equal(SendResult.Closed, Send(writer));
        Assert.Equal(SendResult.Closed, writer.WriteData(FrameKind.Request, Header, new byte[1], TimeSpan.Zero, default));
        Assert.Equal(SendResult.Sent, writer.WriteData(FrameKind.Reply, Header, new byte[1], TimeSpan.Zero, default));
        Assert.Equal(1, writer.Unread);
    }

    [Fact]
    public void Sealing_wakes_a_sender_that_waits_for_credit()
    {
        using var writer = NewWriter(messages: 1);
        Send(writer);
        var full = new ManualResetEventSlim();
        writer.Full += full.Set;
        var result = SendResult.Sent;
        var sender = new Thread(() => result = writer.WriteData(FrameKind.Message, Header, new byte[1], TimeSpan.FromSeconds(30), default));
        sender.Start();
        Assert.True(full.Wait(TimeSpan.FromSeconds(30)));
        writer.StopAccepting();
        Assert.True(sender.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal(SendResult.Closed, result);
    }

    [Fact]
    public void Full_is_raised_once_until_half_of_the_queue_is_free()
    {
        using var writer = NewWriter(messages: 4);
        var raised = 0;
        writer.Full += () => raised++;
        for (var i = 0; i < 7; i++)
        {
            Send(writer);
        }

        Assert.Equal(1, raised);
        writer.AddCredit(Credit(1, 1));
        Send(writer);
        Send(writer);
        Assert.Equal(1, raised);
        writer.AddCredit(Credit(2, 5));
        for (var i = 0; i < 5; i++)
        {
            Send(writer);
        }

        Assert.Equal(2, raised);
    }

    [Fact]
    public void Cancelling_a_waiting_sender_sends_nothing()
    {
        using var writer = NewWriter(messages: 1);
        Send(writer);
        using var cancellation = new CancellationTokenSource();
        writer.Full += cancellation.Cancel;
        Assert.Throws<OperationCanceledException>(
            () => writer.WriteData(FrameKind.Message, Header, new byte[1], Timeout.InfiniteTimeSpan, cancellation.Token));
        Assert.Equal(1, writer.Sent);
    }

    [Fact]
    public void Credit_that_comes_with_a_cancellation_hangs_nobody()
    {
        using var writer = NewWriter(messages: 1);
        for (var round = 0; round < 2000; round++)
        {
            if (writer.Unread == 0)
            {
                Send(writer);
            }

            using var cancellation = new CancellationTokenSource();
            using var start = new Barrier(2);
            using var waits = new ManualResetEventSlim();
            writer.AwaitCredit = (_, _, _) => waits.Set();
            var sender = Start(() =>
            {
                try
                {
                    writer.WriteData(FrameKind.Message, Header, new byte[1], Timeout.InfiniteTimeSpan, cancellation.Token);
                }
                catch (OperationCanceledException)
                {
                    // Either may win.
                }
            });
            Assert.True(waits.Wait(TimeSpan.FromSeconds(30)));
            var canceller = Start(() =>
            {
                start.SignalAndWait();
                cancellation.Cancel();
            });
            start.SignalAndWait();
            writer.AddCredit(Credit(writer.Sent, writer.Sent));
            Assert.True(sender.Join(TimeSpan.FromSeconds(30)));
            Assert.True(canceller.Join(TimeSpan.FromSeconds(30)));
        }
    }

    [Fact]
    public void Whoever_is_told_that_it_is_full_may_take_his_time()
    {
        using var writer = NewWriter(messages: 1);
        Send(writer);
        var unread = 0;
        writer.Full += () => Assert.True(Start(() => unread = writer.Unread).Join(TimeSpan.FromSeconds(30)));
        Assert.Equal(SendResult.TimedOut, Send(writer));
        Assert.Equal(1, unread);
    }

    [Fact]
    public void Control_frames_and_records_need_no_credit()
    {
        using var writer = NewWriter(messages: 1);
        Send(writer);
        writer.WriteControl(ControlKind.Stop, [1]);
        Assert.Equal(SendResult.Sent, writer.WriteData(FrameKind.Record, Header, new byte[10], TimeSpan.Zero, default));
    }

    [Fact]
    public void Credit_for_what_was_not_sent_is_a_protocol_error()
    {
        using var writer = NewWriter(messages: 10);
        Send(writer);
        Assert.Throws<ProtocolException>(() => writer.AddCredit(Credit(1, 2)));
        Assert.Throws<ProtocolException>(() => writer.AddCredit(Credit(1, 1)));
        Assert.Throws<ProtocolException>(() => writer.AddCredit(new byte[5]));
        Assert.Throws<ProtocolException>(() => writer.AddCredit(Credit(long.MinValue, long.MaxValue)));
    }

    [Fact]
    public void What_is_read_out_of_order_is_what_is_not_lost()
    {
        using var writer = NewWriter(messages: 10);
        for (var i = 0; i < 5; i++)
        {
            Send(writer);
        }

        writer.AddCredit(Credit(2, 3));
        Assert.Equal([1L, 4L, 5L], writer.TakeLost().Select(frame => frame.Header.Sequence));
    }

    [Fact]
    public async Task What_is_written_early_follows_the_preamble_and_keeps_its_order()
    {
        var name = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var server = new NamedPipeServerStream(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        using var client = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous);
        var accepted = server.WaitForConnectionAsync();
        await client.ConnectAsync(30_000);
        await accepted;

        using var writer = NewWriter(messages: 100_000);
        for (var i = 0; i < 100; i++)
        {
            Send(writer);
        }

        var preamble = new OutgoingBuffer();
        preamble.AppendControl(ControlKind.Welcome, [42]);
        writer.Attach(server, "test", () => true, preamble);
        var reader = new FrameReader(client, AllFrames.Table, 1000);
        Assert.True(reader.TryRead(out var first));
        Assert.Equal(ControlKind.Welcome, first.Kind);
        for (var i = 0; i < 1000; i++)
        {
            Send(writer);
        }

        for (var sequence = 1; sequence <= 1100; sequence++)
        {
            Assert.True(reader.TryRead(out var frame));
            Assert.Equal(sequence, frame.Header.Sequence);
        }

        Assert.True(writer.WaitUntilWritten(TimeSpan.FromSeconds(30)));
        writer.Dispose();
        Assert.Equal(SendResult.Closed, Send(writer));
    }

    private static Thread Start(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static FrameWriter NewWriter(int messages, long bytes = 1_000_000) => new(new ChannelLimits(1000, messages, bytes));

    private static SendResult Send(FrameWriter writer, int size = 1) =>
        writer.WriteData(FrameKind.Message, Header, new byte[size], TimeSpan.Zero, default);

    private static byte[] Credit(long first, long last) => [.. BitConverter.GetBytes(first), .. BitConverter.GetBytes(last)];
}
