using System.Buffers;
using System.Management.Automation;
using System.Numerics;
using System.Text;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

public sealed class StreamRecordTests
{
    [Fact]
    public void Warning_verbose_and_debug_records_come_back_with_their_text()
    {
        var warning = Assert.IsType<WarningRecord>(RoundTrip(new WarningRecord("id", "careful")));
        Assert.Equal("careful", warning.Message);
        Assert.Equal("id", warning.FullyQualifiedWarningId);
        Assert.Equal("careful", Assert.IsType<WarningRecord>(RoundTrip(new WarningRecord("careful"))).Message);
        Assert.Equal("details", Assert.IsType<VerboseRecord>(RoundTrip(new VerboseRecord("details"))).Message);
        Assert.Equal("inside", Assert.IsType<DebugRecord>(RoundTrip(new DebugRecord("inside"))).Message);
        Assert.Equal("", Assert.IsType<DebugRecord>(RoundTrip(new DebugRecord(""))).Message);
    }

    [Fact]
    public void A_progress_record_comes_back_with_all_its_fields()
    {
        var sent = new ProgressRecord(7, "Copying", "half way")
        {
            CurrentOperation = "file.txt",
            ParentActivityId = 3,
            PercentComplete = 50,
            RecordType = ProgressRecordType.Completed,
            SecondsRemaining = 12,
        };
        var received = Assert.IsType<ProgressRecord>(RoundTrip(sent));
        Assert.Equal(7, received.ActivityId);
        Assert.Equal("Copying", received.Activity);
        Assert.Equal("half way", received.StatusDescription);
        Assert.Equal("file.txt", received.CurrentOperation);
        Assert.Equal(3, received.ParentActivityId);
        Assert.Equal(50, received.PercentComplete);
        Assert.Equal(ProgressRecordType.Completed, received.RecordType);
        Assert.Equal(12, received.SecondsRemaining);
    }

    [Fact]
    public void A_host_message_comes_back_with_its_colours()
    {
        var sent = new InformationRecord(
            new HostInformationMessage { Message = "hello", NoNewLine = true, ForegroundColor = ConsoleColor.Red }, "app.ps1");
        sent.Tags.Add("PSHOST");
        var received = Assert.IsType<InformationRecord>(RoundTrip(sent));
        var message = Assert.IsType<HostInformationMessage>(received.MessageData);
        Assert.Equal("hello", message.Message);
        Assert.True(message.NoNewLine);
        Assert.Equal(ConsoleColor.Red, message.ForegroundColor);
        Assert.Null(message.BackgroundColor);
        Assert.Equal(["PSHOST"], received.Tags);
        Assert.Equal("app.ps1", received.Source);
        Assert.Equal(sent.TimeGenerated, received.TimeGenerated);
        Assert.Equal(sent.Computer, received.Computer);
        Assert.Equal(sent.User, received.User);
        Assert.Equal(sent.ProcessId, received.ProcessId);
        Assert.Equal(sent.ManagedThreadId, received.ManagedThreadId);
        Assert.Equal(sent.NativeThreadId, received.NativeThreadId);
    }

    [Fact]
    public void Information_of_any_kind_comes_back_as_a_body_does()
    {
        Assert.Equal("text", Data("text"));
        Assert.Equal(5, Data(5));
        Assert.Equal(1, Codec.Get(Data(Codec.Ordered(("$", 1))), "$"));

        static object? Data(object sent) => Assert.IsType<InformationRecord>(RoundTrip(new InformationRecord(sent, null))).MessageData;
    }

    [Fact]
    public void Nothing_in_a_record_can_stop_its_sender()
    {
        var cycle = Codec.Ordered(("a", 1));
        cycle["self"] = cycle;
        Assert.IsType<string>(Assert.IsType<InformationRecord>(RoundTrip(new InformationRecord(cycle, "s"))).MessageData);

        Assert.Equal("a\uFFFDb", Assert.IsType<WarningRecord>(RoundTrip(new WarningRecord("a\uD800b"))).Message);

        var limits = new BodyLimits(maxBytes: 20_000);
        var cut = Assert.IsType<VerboseRecord>(RoundTrip(new VerboseRecord(new string('\u0001', 1_000_000)), limits)).Message;
        Assert.InRange(cut.Length, 10, 20_000);

        var tooMuch = new InformationRecord(new string('x', 1_000_000), new string('y', 1_000_000));
        tooMuch.Tags.AddRange(Enumerable.Repeat(new string('z', 10_000), 100));
        Assert.StartsWith("xxx", (string)Assert.IsType<InformationRecord>(RoundTrip(tooMuch, limits)).MessageData, StringComparison.Ordinal);

        var error = new ErrorRecord(new InvalidOperationException(new string('\0', 1_000_000)), "Id", ErrorCategory.OpenError, new string('x', 1_000_000));
        Assert.Equal("Id", Assert.IsType<ErrorRecord>(RoundTrip(error, limits)).FullyQualifiedErrorId);
    }

    // Every number and enum of every kind of record, at and over its ends, as far as the engine's classes take it.
    public static TheoryData<string, object> OddRecords()
    {
        var records = new TheoryData<string, object>();
        foreach (var color in Enumerable.Range(-2, 20).Append(int.MinValue).Append(int.MaxValue))
        {
            var message = new HostInformationMessage { Message = "kept", ForegroundColor = (ConsoleColor)color, BackgroundColor = (ConsoleColor)color };
            records.Add($"colour {color}", new InformationRecord(message, "here"));
        }

        foreach (var category in Enumerable.Range(-1, 40).Append(int.MinValue).Append(int.MaxValue))
        {
            records.Add($"category {category}", new ErrorRecord(new InvalidOperationException("kept"), "Id", (ErrorCategory)category, null));
        }

        foreach (var number in new[] { int.MinValue, -2, -1, 0, 1, 99, 100 })
        {
            var progress = new ProgressRecord(7, "kept", "status") { PercentComplete = number, SecondsRemaining = number, ParentActivityId = number };
            records.Add($"progress {number}", progress);
        }

        records.Add("progress ends", new ProgressRecord(int.MaxValue, "kept", "status") { SecondsRemaining = int.MaxValue, RecordType = ProgressRecordType.Completed });
        foreach (var number in new uint[] { 0, 1, int.MaxValue, (uint)int.MaxValue + 1, uint.MaxValue })
        {
            foreach (var time in new[] { DateTime.MinValue, DateTime.MaxValue, DateTime.UtcNow })
            {
                records.Add(
                    $"information {number} {time:O}",
                    new InformationRecord("kept", null) { ProcessId = number, NativeThreadId = number, ManagedThreadId = number, TimeGenerated = time });
            }
        }

        var tagged = new InformationRecord("kept", null) { User = null, Computer = null };
        tagged.Tags.AddRange(["tag", null!, ""]);
        records.Add("tags", tagged);
        foreach (var target in new object[] { 'c', (byte)1, uint.MaxValue, ulong.MaxValue, double.NaN, float.MinValue, 1.5m, DateTime.MaxValue, ConsoleColor.Red, true, BigInteger.Pow(10, 400) })
        {
            records.Add($"target {target}", new ErrorRecord(new InvalidOperationException("kept"), null, ErrorCategory.OpenError, target));
        }

        records.Add("warning", new WarningRecord("kept"));
        return records;
    }

    [Theory]
    [MemberData(nameof(OddRecords))]
    public void What_a_writer_can_write_a_reader_reads(string name, object record)
    {
        var received = RoundTrip(record);
        Assert.Equal(record.GetType(), received.GetType());
        Assert.Equal("kept", received switch
        {
            ProgressRecord p => p.Activity,
            InformationRecord { MessageData: HostInformationMessage m } => m.Message,
            _ => received.ToString(),
        });
        Assert.NotEmpty(name);
    }

    [Fact]
    public void A_colour_that_is_none_is_the_usual_one()
    {
        var sent = new HostInformationMessage { Message = "x", ForegroundColor = (ConsoleColor)(-1), BackgroundColor = ConsoleColor.Blue };
        var received = Assert.IsType<HostInformationMessage>(Assert.IsType<InformationRecord>(RoundTrip(new InformationRecord(sent, null))).MessageData);
        Assert.Null(received.ForegroundColor);
        Assert.Equal(ConsoleColor.Blue, received.BackgroundColor);
    }

    [Theory]
    [InlineData("""{"Kind":"Error","Category":"Newer","ExceptionMessage":"kept"}""")]
    [InlineData("""{"Kind":"Progress","Id":1,"Activity":"kept","Percent":5000,"Type":"Newer"}""")]
    [InlineData("""{"Kind":"Information","HostMessage":"kept","Foreground":"Plaid"}""")]
    public void A_newer_sender_is_understood(string json)
    {
        var received = StreamRecordCodec.Read(Encoding.UTF8.GetBytes(json), BodyLimits.Default);
        Assert.Equal("kept", received is ProgressRecord progress ? progress.Activity : received.ToString());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Kind":"Nonsense"}""")]
    [InlineData("""{"Kind":99}""")]
    [InlineData("""{"Kind":"99"}""")]
    [InlineData("""{"Kind":"Warning","Message":1}""")]
    [InlineData("""{"Kind":"Error"}""")]
    [InlineData("""{"Kind":"Error","Category":"OpenError","LineNumber":"x"}""")]
    [InlineData("""{"Kind":"Error","Category":"OpenError","Target":{"a":1}}""")]
    [InlineData("""{"Kind":"Progress","Id":-1,"Type":"Processing"}""")]
    [InlineData("""{"Kind":"Progress","Id":1,"ParentId":1,"Type":"Processing"}""")]
    [InlineData("""{"Kind":"Information","Tags":[1]}""")]
    [InlineData("""{"Kind":"Information","ProcessId":-1}""")]
    public void What_is_no_record_is_reported_as_malformed(string json) =>
        Assert.Throws<BodyMalformedException>(() => StreamRecordCodec.Read(Encoding.UTF8.GetBytes(json), BodyLimits.Default));

    [Fact]
    public void Only_stream_records_are_written() =>
        Assert.Throws<ArgumentException>(() => StreamRecordCodec.Write("text", new ArrayBufferWriter<byte>(), BodyLimits.Default));

    private static object RoundTrip(object record, BodyLimits? limits = null)
    {
        var output = new ArrayBufferWriter<byte>();
        StreamRecordCodec.Write(record, output, limits ?? BodyLimits.Default);
        return StreamRecordCodec.Read(output.WrittenSpan, limits ?? BodyLimits.Default);
    }
}
