using System.Buffers.Binary;
using Cluster.Transport;
using FsCheck;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Transport;

/// <summary>The frame reader against honest, cut, forged and random bytes.</summary>
public sealed class FrameReaderTests
{
    private const int Limit = 100_000;

    /// <summary>Any control frame.</summary>
    private const FrameKind Control = (FrameKind)KindRange.Life;

    [Fact]
    public void A_kind_that_nobody_has_registered_is_a_protocol_error_before_its_payload_arrives()
    {
        var kinds = new FrameTable();
        kinds.Add(FrameKind.Message, FrameTable.AnySize, _ => { });
        for (int kind = byte.MinValue; kind <= byte.MaxValue; kind++)
        {
            var reader = new FrameReader(new MemoryStream([5, 0, 0, 0, (byte)kind]), kinds, Limit);
            if (kind == (int)FrameKind.Message)
            {
                Assert.Throws<EndOfStreamException>(() => reader.TryRead(out _));
            }
            else
            {
                Assert.Contains(((FrameKind)kind).ToString(), Assert.Throws<ProtocolException>(() => reader.TryRead(out _)).Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(FrameTable.AnySize)]
    public void A_payload_over_the_registered_size_is_a_protocol_error_before_it_arrives(int limit)
    {
        var kinds = new FrameTable();
        kinds.Add(Control, limit, _ => { });
        foreach (var size in new[] { 0, 1, 12, 13, Limit - 1, Limit })
        {
            var bytes = new byte[FrameReader.LengthSize + FrameReader.KindSize];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, FrameReader.KindSize + size);
            bytes[^1] = (byte)Control;
            var reader = new FrameReader(new MemoryStream(bytes), kinds, Limit);
            if (size > limit || size == Limit)
            {
                Assert.Throws<ProtocolException>(() => Next(reader));
            }
            else if (size == 0)
            {
                Assert.Equal(Control, Next(reader).Kind);
            }
            else
            {
                Assert.Throws<EndOfStreamException>(() => Next(reader));
            }
        }
    }

    [Fact]
    public void Other_kinds_are_accepted_for_the_frames_that_have_been_received_already()
    {
        var buffer = new OutgoingBuffer();
        buffer.AppendControl(Control, []);
        buffer.AppendControl(FrameKind.CreditRequest, []);
        var first = new FrameTable();
        first.Add(Control, 0, _ => { });
        var second = new FrameTable();
        second.Add(FrameKind.CreditRequest, 0, _ => { });
        var reader = new FrameReader(new MemoryStream(Written(buffer)), first, Limit);
        Assert.Equal(Control, Next(reader).Kind);
        Assert.Throws<ProtocolException>(() => reader.TryRead(out _));
        reader.Accept(second, Limit);
        Assert.Equal(FrameKind.CreditRequest, Next(reader).Kind);
    }

    [Property(MaxTest = 300)]
    public bool Frames_come_back_as_they_were_written(byte[][] bodies, NonNull<string> topic, int peer, long correlation, long handle)
    {
        var header = new DataHeader(7, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), IsRaw: true, Clean(topic.Get), peer, correlation, handle);
        var buffer = new OutgoingBuffer();
        foreach (var body in bodies)
        {
            buffer.AppendData(new SentMessage(FrameKind.Message, header, body, null));
            buffer.AppendControl(Control, body);
        }

        var reader = new FrameReader(new TricklingStream(Written(buffer)), AllFrames.Table, Limit);
        foreach (var body in bodies)
        {
            Assert.True(reader.TryRead(out var data));
            Assert.Equal(FrameKind.Message, data.Kind);
            Assert.Equal(header, data.Header);
            Assert.Equal(body, data.Body);
            Assert.True(reader.TryRead(out var control));
            Assert.Equal(Control, control.Kind);
            Assert.Equal(body, control.Body);
        }

        return !reader.TryRead(out _);
    }

    [Property(MaxTest = 2000)]
    public void Random_bytes_end_in_frames_or_in_a_clean_error(byte[] bytes) => ReadToTheEnd(bytes);

    [Property(MaxTest = 500)]
    public void Damaged_frames_end_in_frames_or_in_a_clean_error(byte[] body, PositiveInt position, byte value)
    {
        var buffer = new OutgoingBuffer();
        buffer.AppendData(new SentMessage(FrameKind.Output, new DataHeader(1, DateTime.UnixEpoch, IsRaw: false, "topic", 3, 4), body, null));
        var bytes = Written(buffer);
        bytes[position.Get % bytes.Length] = value;
        ReadToTheEnd(bytes);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(Limit + 1u)]
    [InlineData(0x80000000u)]
    [InlineData(uint.MaxValue)]
    public void A_forged_length_is_a_protocol_error(uint length)
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, length);
        bytes[4] = (byte)FrameKind.Message;
        Assert.Throws<ProtocolException>(() => new FrameReader(new MemoryStream(bytes), AllFrames.Table, Limit).TryRead(out _));
    }

    [Fact]
    public void An_announced_length_costs_no_memory_before_its_bytes_arrive()
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, int.MaxValue - 64);
        bytes[4] = (byte)Control;
        var reader = new FrameReader(new MemoryStream(bytes), AllFrames.Table, int.MaxValue);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<EndOfStreamException>(() => reader.TryRead(out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 1024 * 1024);
    }

    [Fact]
    public void The_end_between_frames_is_normal_and_inside_one_an_error()
    {
        Assert.False(new FrameReader(new MemoryStream(), AllFrames.Table, Limit).TryRead(out _));
        var buffer = new OutgoingBuffer();
        buffer.AppendControl(Control, new byte[10]);
        var bytes = Written(buffer);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var reader = new FrameReader(new MemoryStream(bytes, 0, cut), AllFrames.Table, Limit);
            Assert.Throws<EndOfStreamException>(() => reader.TryRead(out _));
        }
    }

    [Fact]
    public void Large_bodies_are_read_whole_and_do_not_disturb_their_neighbours()
    {
        var large = new byte[3_000_001];
        new System.Random(1).NextBytes(large);
        var buffer = new OutgoingBuffer();
        buffer.AppendControl(Control, []);
        buffer.AppendData(new SentMessage(FrameKind.Message, new DataHeader(1, DateTime.UnixEpoch, IsRaw: true), null, LargeBody.Copy(large)));
        buffer.AppendControl(FrameKind.CreditRequest, []);
        var reader = new FrameReader(new TricklingStream(Written(buffer)), AllFrames.Table, int.MaxValue);
        Assert.True(reader.TryRead(out var first));
        Assert.True(reader.TryRead(out var second));
        Assert.True(reader.TryRead(out var third));
        Assert.Equal((Control, FrameKind.CreditRequest), (first.Kind, third.Kind));
        Assert.Equal(large, second.Body);
    }

    private static Frame Next(FrameReader reader) => reader.TryRead(out var frame) ? frame : throw new InvalidOperationException("The stream has ended.");

    private static string? Clean(string topic)
    {
        var text = string.Concat(topic.Where(character => !char.IsSurrogate(character)).Take(200));
        return text.Length == 0 ? null : text;
    }

    private static void ReadToTheEnd(byte[] bytes)
    {
        var reader = new FrameReader(new TricklingStream(bytes), AllFrames.Table, Limit);
        try
        {
            while (reader.TryRead(out _))
            {
            }
        }
        catch (Exception exception) when (exception is ProtocolException or EndOfStreamException)
        {
            // The two clean ends.
        }
    }

    private static byte[] Written(OutgoingBuffer buffer)
    {
        using var stream = new MemoryStream();
        buffer.WriteTo(stream);
        return stream.ToArray();
    }
}
