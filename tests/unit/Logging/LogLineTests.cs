using System.Buffers;
using System.Text;
using System.Text.Json;
using Cluster.Logging;
using Cluster.Serialization;
using Cluster.Transport;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Logging;

/// <summary>What is logged of honest, strange and malformed entries: always one line of JSON.</summary>
public sealed class LogLineTests
{
    private static readonly DateTime Time = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [Fact]
    public void An_entry_says_when_and_who_before_what() =>
        Assert.Equal(
            """{"time":"2026-01-02T03:04:05Z","worker":3,"slot":1,"pid":77,"stream":"output","text":"a \"text\" <b>"}""",
            LogLine.Of(Output("\"a \\\"text\\\" <b>\"")));

    [Fact]
    public void An_object_stays_JSON_on_one_line() =>
        Assert.Equal("""{"a":[1,2.50,null]}""", Parse(LogLine.Of(Output("{\n \"a\": [1, 2.50,\r\n null]}"))).GetProperty("body").GetRawText());

    [Fact]
    public void Of_raw_bytes_the_number_is_logged()
    {
        var entry = LogEntry.Of(new FakeSource(1), Frame(FrameKind.Output, new byte[123], isRaw: true));
        Assert.Empty(entry.InboxItem!.Frame.Body);
        Assert.Equal(123, Parse(LogLine.Of(entry)).GetProperty("bytes").GetInt32());
    }

    [Fact]
    public void Of_a_large_body_the_beginning_is_kept_and_logged()
    {
        var entry = Output('"' + new string('x', LogEntry.MostBodyBytes) + '"');
        Assert.Equal(LogEntry.ShownBodyBytes, entry.InboxItem!.Frame.Body.Length);
        var line = Parse(LogLine.Of(entry));
        Assert.Equal('"' + new string('x', LogEntry.ShownBodyBytes - 1), line.GetProperty("text").GetString());
        Assert.Equal(LogEntry.MostBodyBytes + 2, line.GetProperty("bytes").GetInt32());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("[\"\\ud800\"]")]
    public void A_body_that_is_no_JSON_is_logged_as_its_text(string body) =>
        Assert.Equal(body, Parse(LogLine.Of(Output(body))).GetProperty("text").GetString());

    [Fact]
    public void A_record_that_is_not_readable_is_logged_as_such()
    {
        var line = Parse(LogLine.Of(LogEntry.Of(new FakeSource(1), Frame(FrameKind.Record, "[1]"u8.ToArray()))));
        Assert.Equal("record", line.GetProperty("stream").GetString());
        Assert.StartsWith("not readable: ", line.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_not_logged() =>
        Assert.Null(LogLine.Of(Record(new System.Management.Automation.ProgressRecord(1, "activity", "status"))));

    [Fact]
    public void A_warning_is_logged_with_its_text()
    {
        var line = Parse(LogLine.Of(Record(new System.Management.Automation.WarningRecord("told"))));
        Assert.Equal("warning", line.GetProperty("stream").GetString());
        Assert.Equal("told", line.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(false, "stdout")]
    [InlineData(true, "stderr")]
    public void A_line_is_logged_with_its_stream(bool isError, string stream)
    {
        var line = Parse(LogLine.Of(LogEntry.Of(new FakeSource(1), "half a pair: \ud800", isError)));
        Assert.Equal(stream, line.GetProperty("stream").GetString());
        Assert.Equal("half a pair: \ufffd", line.GetProperty("text").GetString());
    }

    [Property(MaxTest = 500)]
    public void Any_bytes_make_one_line_of_JSON(byte[] bytes, bool isRecord)
    {
        var line = LogLine.Of(LogEntry.Of(new FakeSource(1), Frame(isRecord ? FrameKind.Record : FrameKind.Output, bytes)));
        Assert.DoesNotContain('\n', line!);
        Parse(line);
    }

    private static LogEntry Output(string json) => LogEntry.Of(new FakeSource(1), Frame(FrameKind.Output, Encoding.UTF8.GetBytes(json)));

    private static LogEntry Record(object record)
    {
        var output = new ArrayBufferWriter<byte>();
        StreamRecordCodec.Write(record, output, BodyLimits.Default);
        return LogEntry.Of(new FakeSource(1), Frame(FrameKind.Record, output.WrittenSpan.ToArray()));
    }

    private static Frame Frame(FrameKind kind, byte[] body, bool isRaw = false) => new(kind, new DataHeader(1, Time, isRaw), body);

    private static JsonElement Parse(string? line)
    {
        using var document = JsonDocument.Parse(line!);
        return document.RootElement.Clone();
    }
}
