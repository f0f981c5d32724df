using System.Buffers.Binary;
using Cluster.Transport;
using FsCheck;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Transport;

/// <summary>The frame reader against honest, cut, forged and random bytes.</summary>
public sealed class FrameReaderTests
{
    private const int Limit = 100_000;

    [Fact]
    public void The_kinds_that_are_known_are_those_of_the_protocol()
    {
        for (int kind = byte.MinValue; kind <= byte.MaxValue; kind++)
        {
            Assert.Equal(Enum.IsDefined((FrameKind)kind), Frame.IsKnown((FrameKind)kind));
        }
    }

    [Property(MaxTest = 300)]
    public bool Frames_come_back_as_they_were_written(byte[][] bodies, NonNull<string> topic, int peer, long correlation)
    {
        var header = new DataHeader(7, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), IsRaw: true, Clean(topic.Get), peer, correlation);
        var buffer = new OutgoingBuffer();
        foreach (var body in bodies)
        {
            buffer.AppendData(new SentMessage(FrameKind.Message, header, body, null));
            buffer.AppendControl(FrameKind.Ready, body);
        }

        var reader = new FrameReader(new TricklingStream(Written(buffer)), Limit);
        foreach (var body in bodies)
        {
            Assert.True(reader.TryRead(out var data));
            Assert.Equal(FrameKind.Message, data.Kind);
            Assert.Equal(header, data.Header);
            Assert.Equal(body, data.Body);
            Assert.True(reader.TryRead(out var control));
            Assert.Equal(FrameKind.Ready, control.Kind);
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
        Assert.Throws<ProtocolException>(() => new FrameReader(new MemoryStream(bytes), Limit).TryRead(out _));
    }

    [Fact]
    public void An_announced_length_costs_no_memory_before_its_bytes_arrive()
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, int.MaxValue - 64);
        bytes[4] = (byte)FrameKind.Launch;
        var reader = new FrameReader(new MemoryStream(bytes), int.MaxValue);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<EndOfStreamException>(() => reader.TryRead(out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 1024 * 1024);
    }

    [Fact]
    public void The_end_between_frames_is_normal_and_inside_one_an_error()
    {
        Assert.False(new FrameReader(new MemoryStream(), Limit).TryRead(out _));
        var buffer = new OutgoingBuffer();
        buffer.AppendControl(FrameKind.Ready, new byte[10]);
        var bytes = Written(buffer);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var reader = new FrameReader(new MemoryStream(bytes, 0, cut), Limit);
            Assert.Throws<EndOfStreamException>(() => reader.TryRead(out _));
        }
    }

    [Fact]
    public void Large_bodies_are_read_whole_and_do_not_disturb_their_neighbours()
    {
        var large = new byte[3_000_001];
        new System.Random(1).NextBytes(large);
        var buffer = new OutgoingBuffer();
        buffer.AppendControl(FrameKind.Online, []);
        buffer.AppendData(new SentMessage(FrameKind.Message, new DataHeader(1, DateTime.UnixEpoch, IsRaw: true), null, LargeBody.Copy(large)));
        buffer.AppendControl(FrameKind.Ready, []);
        var reader = new FrameReader(new TricklingStream(Written(buffer)), int.MaxValue);
        Assert.True(reader.TryRead(out var first));
        Assert.True(reader.TryRead(out var second));
        Assert.True(reader.TryRead(out var third));
        Assert.Equal((FrameKind.Online, FrameKind.Ready), (first.Kind, third.Kind));
        Assert.Equal(large, second.Body);
    }

    private static string? Clean(string topic)
    {
        var text = string.Concat(topic.Where(character => !char.IsSurrogate(character)).Take(200));
        return text.Length == 0 ? null : text;
    }

    private static void ReadToTheEnd(byte[] bytes)
    {
        var reader = new FrameReader(new TricklingStream(bytes), Limit);
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
