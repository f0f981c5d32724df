using System.Buffers;
using System.Collections;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Protocol;

/// <summary>The frames of a parallel map: what is written is read again, and what is forged is an error of the protocol.</summary>
public sealed class MapFramesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_arrives_as_it_was_sent(bool isEnd)
    {
        MapItemBody[] items = isEnd ? [] : [new(new byte[] { 1, 2, 3 }, true), new(Array.Empty<byte>(), false), new(new byte[70_000], false)];
        var read = MapBatchBody.Read(Write(new MapBatchBody(7, isEnd, items)));
        Assert.Equal((7, isEnd, items.Length), (read.Map, read.IsEnd, read.Items.Length));
        foreach (var (sent, got) in items.Zip(read.Items))
        {
            Assert.Equal(sent.IsRaw, got.IsRaw);
            Assert.Equal(sent.Bytes.ToArray(), got.Bytes.ToArray());
        }
    }

    [Fact]
    public void A_batch_that_is_cut_or_forged_at_any_place_is_refused_or_read()
    {
        var whole = Write(new MapBatchBody(7, false, [new(new byte[] { 1, 2 }, true), new(new byte[] { 3 }, false)]));
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<ProtocolException>(() => MapBatchBody.Read(whole.AsMemory(0, length)));
        }

        Assert.Throws<ProtocolException>(() => MapBatchBody.Read(new byte[whole.Length + 1]));
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var value in new byte[] { 2, 127, 255 })
            {
                var forged = whole.ToArray();
                forged[at] = value;
                try
                {
                    MapBatchBody.Read(forged);
                }
                catch (ProtocolException)
                {
                    // As it should; nothing else may come.
                }
            }
        }
    }

    [Fact]
    public void Entries_are_taken_one_after_the_other()
    {
        var bytes = new byte[(2 * MapEntry.Overhead) + 3 + MapEntry.DoneSize];
        MapEntry.WriteHead(bytes, MapEntryKind.RawOutput, 1, 3);
        MapEntry.WriteHead(bytes.AsSpan(MapEntry.Overhead + 3), MapEntryKind.Done, 1, MapEntry.DoneSize);
        MapEntry.WriteDone(bytes.AsSpan((2 * MapEntry.Overhead) + 3), MapItemOutcome.TimedOut, TimeSpan.FromSeconds(3));
        ReadOnlyMemory<byte> rest = bytes;
        var output = MapEntry.Take(ref rest, 2);
        Assert.Equal((MapEntryKind.RawOutput, 1, 3), (output.Kind, output.Position, output.Body.Length));
        var done = MapEntry.Take(ref rest, 2);
        Assert.Equal((MapItemOutcome.TimedOut, TimeSpan.FromSeconds(3)), (done.Outcome, done.Duration));
        Assert.True(rest.IsEmpty);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(5, 0, 0)]
    [InlineData(1, 2, 0)]
    [InlineData(1, -2, 0)]
    [InlineData(1, 0, -1)]
    [InlineData(1, 0, 100)]
    [InlineData(4, 0, 1)]
    [InlineData(4, -1, 9)]
    public void A_forged_entry_is_an_error_of_the_protocol(byte kind, int position, int length)
    {
        var bytes = new byte[MapEntry.Overhead + 9];
        MapEntry.WriteHead(bytes, (MapEntryKind)kind, position, length);
        Assert.Throws<ProtocolException>(() =>
        {
            ReadOnlyMemory<byte> rest = bytes;
            MapEntry.Take(ref rest, 2);
        });
    }

    [Fact]
    public void A_short_entry_and_an_unknown_outcome_are_errors_of_the_protocol()
    {
        Assert.Throws<ProtocolException>(() =>
        {
            ReadOnlyMemory<byte> rest = new byte[MapEntry.Overhead - 1];
            MapEntry.Take(ref rest, 2);
        });
        var bytes = new byte[MapEntry.Overhead + MapEntry.DoneSize];
        MapEntry.WriteHead(bytes, MapEntryKind.Done, 0, MapEntry.DoneSize);
        bytes[MapEntry.Overhead] = 3;
        Assert.Throws<ProtocolException>(() =>
        {
            ReadOnlyMemory<byte> rest = bytes;
            MapEntry.Take(ref rest, 2);
        });
    }

    [Fact]
    public void Numbers_arrive_and_a_negative_one_does_not()
    {
        Assert.Equal(new MapNumbers(long.MaxValue, 5), MapNumbers.Read(new MapNumbers(long.MaxValue, 5).Write()));
        Assert.Throws<ProtocolException>(() => MapNumbers.Read(new MapNumbers(1, -1).Write()));
        Assert.Throws<ProtocolException>(() => MapNumbers.Read(new byte[MapNumbers.Size - 1]));
    }

    [Fact]
    public void A_definition_arrives_as_it_was_sent()
    {
        var read = MapDefinition.Read(Definition().Write());
        Assert.Equal((3, "$_", "init", 250, 4, 1000), (read.Number, read.ScriptText, read.InitializationText, read.ItemTimeoutMs, read.Concurrency, read.ResultWindow));
        Assert.Equal([1, "two", null], read.Arguments);
        Assert.Equal(["Pester"], read.Modules);
        Assert.Equal(5, read.UsingValues["$using:a"]);
        Assert.Equal("1 + 1", read.UsingBlocks["$using:b"]);
        Assert.Equal("'f'", read.Functions["f"]);
        Assert.Equal("Stop", read.Preferences["ErrorActionPreference"]);
    }

    [Fact]
    public void A_definition_with_a_value_out_of_range_or_none_is_refused()
    {
        foreach (var forged in new[] { Definition() with { Concurrency = 0 }, Definition() with { ItemTimeoutMs = -1 }, Definition() with { ResultWindow = 0 }, Definition() with { MaxDepth = 0 } })
        {
            Assert.Throws<ProtocolException>(() => MapDefinition.Read(forged.Write()));
        }

        Assert.Throws<ProtocolException>(() => MapDefinition.Read("{}"u8));
        Assert.Throws<ProtocolException>(() => MapDefinition.Read("[1]"u8));
        Assert.Throws<ProtocolException>(() => MapDefinition.Read([]));
    }

    private static MapDefinition Definition() => new()
    {
        Number = 3,
        ScriptText = "$_",
        UsingValues = new Hashtable { ["$using:a"] = 5 },
        UsingBlocks = new Hashtable { ["$using:b"] = "1 + 1" },
        Arguments = [1, "two", null],
        Functions = new Hashtable { ["f"] = "'f'" },
        Modules = ["Pester"],
        InitializationText = "init",
        Preferences = new Hashtable { ["ErrorActionPreference"] = "Stop" },
        WorkingDirectory = "/work",
        ItemTimeoutMs = 250,
        Concurrency = 4,
        ResultWindow = 1000,
    };

    private static byte[] Write(in MapBatchBody body)
    {
        var output = new ArrayBufferWriter<byte>();
        body.Write(output);
        return output.WrittenSpan.ToArray();
    }
}
