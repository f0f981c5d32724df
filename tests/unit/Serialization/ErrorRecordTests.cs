using System.Buffers;
using System.Management.Automation;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

public sealed class ErrorRecordTests(PipelineFixture pipeline) : IClassFixture<PipelineFixture>
{
    private const string ScriptError = """
        function Read-Thing {
            [CmdletBinding()] param()
            $record = [System.Management.Automation.ErrorRecord]::new(
                [System.IO.FileNotFoundException]::new('no thing'), 'ThingMissing', 'ObjectNotFound', 'the target')
            $PSCmdlet.WriteError($record)
        }
        $null = Read-Thing -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0]
        """;

    private const string CmdletError = "Get-Command no-such-command -ErrorVariable problems -ErrorAction SilentlyContinue; $problems[0]";

    private const string ThrownError = "try { [int]::Parse('x') } catch { $_ }";

    [Theory]
    [InlineData(ScriptError)]
    [InlineData(CmdletError)]
    [InlineData(ThrownError)]
    public void A_replayed_record_looks_like_the_original(string script)
    {
        var sent = Assert.IsType<ErrorRecord>(Unwrap(pipeline.Run(script)));
        var received = RoundTrip(sent);

        Assert.Equal(typeof(ErrorRecord), received.GetType());
        Assert.Equal(sent.ToString(), received.ToString());
        Assert.Equal(sent.FullyQualifiedErrorId, received.FullyQualifiedErrorId);
        Assert.Equal(sent.CategoryInfo.Category, received.CategoryInfo.Category);
        Assert.Equal(sent.CategoryInfo.Activity, received.CategoryInfo.Activity);
        Assert.Equal(sent.CategoryInfo.Reason, received.CategoryInfo.Reason);
        Assert.Equal(sent.CategoryInfo.TargetName, received.CategoryInfo.TargetName);
        Assert.Equal(sent.CategoryInfo.TargetType, received.CategoryInfo.TargetType);
        Assert.Equal(sent.CategoryInfo.ToString(), received.CategoryInfo.ToString());
        Assert.Equal(sent.TargetObject, Unwrap(received.TargetObject));
        Assert.Equal(sent.ScriptStackTrace, received.ScriptStackTrace);
        Assert.Equal(sent.Exception.Message, received.Exception.Message);
        Assert.Equal(sent.InvocationInfo.ScriptLineNumber, received.InvocationInfo.ScriptLineNumber);
        Assert.Equal(sent.InvocationInfo.Line, received.InvocationInfo.Line);
        Assert.Equal(sent.InvocationInfo.OffsetInLine, received.InvocationInfo.OffsetInLine);
        var exception = Assert.IsType<RemoteException>(received.Exception);
        Assert.Equal("Deserialized." + sent.Exception.GetType().FullName, exception.SerializedRemoteException.TypeNames[0]);
    }

    [Fact]
    public void The_exceptions_inside_come_back_as_a_chain_however_often_it_is_forwarded()
    {
        var sent = new ErrorRecord(
            new InvalidOperationException("outer", new IOException("middle", new FormatException("inner"))), "Id", ErrorCategory.OpenError, null);
        for (var hop = 0; hop < 3; hop++)
        {
            sent = RoundTrip(sent);
            Assert.Equal(["outer", "middle", "inner"], Chain(sent.Exception));
            Assert.Equal("inner", sent.Exception.GetBaseException().Message);
            var middle = Assert.IsType<PSObject>(((RemoteException)sent.Exception).SerializedRemoteException.Properties["InnerException"].Value);
            Assert.Equal("Deserialized.System.IO.IOException", middle.TypeNames[0]);
            Assert.Equal("middle", Codec.Get(middle, "Message"));
            Assert.Equal("inner", Codec.Get(Codec.Get(middle, "InnerException"), "Message"));
        }

        var body = Codec.RoundTrip(new ErrorRecord(new InvalidOperationException("o", new IOException("i")), "Id", ErrorCategory.OpenError, null));
        Assert.Equal(["i"], (object[])Codec.Get(body, "InnerExceptionMessages")!);
        Assert.Equal(["System.IO.IOException"], (object[])Codec.Get(body, "InnerExceptionTypes")!);

        static IEnumerable<string> Chain(Exception? exception)
        {
            for (; exception is not null; exception = exception.InnerException)
            {
                yield return exception.Message;
            }
        }
    }

    [Fact]
    public void A_long_chain_and_one_of_large_texts_come_back()
    {
        Exception inner = new InvalidOperationException(new string('x', 100_000));
        for (var i = 0; i < 100; i++)
        {
            inner = new InvalidOperationException($"level {i}", inner);
        }

        Assert.Equal("level 98", RoundTrip(new ErrorRecord(inner, "Id", ErrorCategory.OpenError, null)).Exception.InnerException!.Message);
        var large = new InvalidOperationException("outer", new InvalidOperationException(new string('\0', 1_000_000)));
        var output = new ArrayBufferWriter<byte>();
        StreamRecordCodec.Write(new ErrorRecord(large, "Id", ErrorCategory.OpenError, null), output, new BodyLimits(maxBytes: 20_000));
        Assert.Equal("outer", ((ErrorRecord)StreamRecordCodec.Read(output.WrittenSpan, BodyLimits.Default)).Exception.Message);
    }

    // As with Start-Job.
    [Fact]
    public void An_empty_message_is_replaced_by_the_category()
    {
        var sent = new ErrorRecord(new InvalidOperationException(""), "Id", ErrorCategory.OpenError, null);
        sent.CategoryInfo.Activity = "Open-It";
        for (var hop = 0; hop < 2; hop++)
        {
            sent = RoundTrip(sent);
            Assert.Equal("OpenError: (:) [Open-It], InvalidOperationException", sent.Exception.Message);
            Assert.Equal(sent.Exception.Message, sent.ToString());
            Assert.Equal("OpenError: (:) [Open-It], InvalidOperationException", sent.CategoryInfo.ToString());
        }
    }

    [Fact]
    public void A_record_without_anything_optional_comes_back()
    {
        var received = RoundTrip(new ErrorRecord(new InvalidOperationException("bad"), null, ErrorCategory.NotSpecified, null));
        Assert.Equal("bad", received.ToString());
        Assert.Equal("", received.FullyQualifiedErrorId);
        Assert.Null(received.TargetObject);
        Assert.Null(received.InvocationInfo);
        Assert.Null(received.ErrorDetails);
    }

    [Fact]
    public void Every_text_of_a_record_comes_back_whatever_its_characters()
    {
        const string Text = "\0\u0001\t\n\r\u0085\uFFFD 😀 <a>&amp;]]> _x0041_ _x005F_";
        var sent = new ErrorRecord(new InvalidOperationException(Text), Text, ErrorCategory.OpenError, Text)
        {
            ErrorDetails = new ErrorDetails(Text) { RecommendedAction = Text },
        };
        var received = RoundTrip(sent);
        Assert.Equal(Text, received.Exception.Message);
        Assert.Equal(Text, received.FullyQualifiedErrorId);
        Assert.Equal(Text, Unwrap(received.TargetObject));
        Assert.Equal(Text, received.ErrorDetails.Message);
        Assert.Equal(Text, received.ErrorDetails.RecommendedAction);

        received = RoundTrip(new ErrorRecord(new InvalidOperationException("\uFFFE!\uFFFF"), "Id", ErrorCategory.OpenError, null));
        Assert.Equal("\uFFFD!\uFFFD", received.Exception.Message);
    }

    [Fact]
    public void Details_replace_the_text_and_the_exception_keeps_its_own()
    {
        var sent = new ErrorRecord(new InvalidOperationException("technical"), "Id", ErrorCategory.OpenError, 42)
        {
            ErrorDetails = new ErrorDetails("friendly") { RecommendedAction = "try again" },
        };
        var received = RoundTrip(sent);
        Assert.Equal("friendly", received.ToString());
        Assert.Equal("technical", received.Exception.Message);
        Assert.Equal("try again", received.ErrorDetails.RecommendedAction);
        Assert.Equal(42, Unwrap(received.TargetObject));
    }

    [Fact]
    public void A_record_that_is_forwarded_stays_the_same()
    {
        var sent = (ErrorRecord)Unwrap(pipeline.Run(ScriptError))!;
        var twice = RoundTrip(RoundTrip(sent));
        Assert.Equal(sent.FullyQualifiedErrorId, twice.FullyQualifiedErrorId);
        Assert.Equal(sent.ScriptStackTrace, twice.ScriptStackTrace);
        Assert.Equal(
            "Deserialized.System.IO.FileNotFoundException",
            ((RemoteException)twice.Exception).SerializedRemoteException.TypeNames[0]);
    }

    [Fact]
    public void Writing_a_replayed_record_to_the_error_stream_adds_nothing_to_its_id()
    {
        var received = RoundTrip((ErrorRecord)Unwrap(pipeline.Run(ScriptError))!);
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddScript("function Replay { [CmdletBinding()] param($r) $PSCmdlet.WriteError($r) }; Replay $args[0]").AddArgument(received);
        shell.Invoke();
        var shown = Assert.Single(shell.Streams.Error);
        Assert.Equal("ThingMissing,Read-Thing", shown.FullyQualifiedErrorId);
        Assert.Equal(((ErrorRecord)received).InvocationInfo.ScriptLineNumber, shown.InvocationInfo.ScriptLineNumber);
        Assert.Contains("Read-Thing", shown.ScriptStackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_as_an_ordinary_body_is_an_object_with_message_category_id_target_and_stack()
    {
        var sent = (ErrorRecord)Unwrap(pipeline.Run(ScriptError))!;
        var received = Codec.Get(Codec.RoundTrip(Codec.Ordered(("error", sent))), "error");
        Assert.Equal("Deserialized.System.Management.Automation.ErrorRecord", ((PSObject)received!).TypeNames[0]);
        Assert.Equal("no thing", Codec.Get(received, "Message"));
        Assert.Equal("ObjectNotFound", Codec.Get(received, "Category"));
        Assert.Equal("ThingMissing,Read-Thing", Codec.Get(received, "Id"));
        Assert.Equal("the target", Codec.Get(received, "Target"));
        Assert.Equal(sent.ScriptStackTrace, Codec.Get(received, "Stack"));
        Assert.Equal("System.IO.FileNotFoundException", Codec.Get(received, "ExceptionType"));
    }

    [Fact]
    public void A_target_that_cannot_be_sent_becomes_its_text()
    {
        pipeline.Enter();
        var cycle = new PSObject();
        cycle.Properties.Add(new PSNoteProperty("self", cycle));
        var received = RoundTrip(new ErrorRecord(new InvalidOperationException("bad \uD800"), "Id", ErrorCategory.OpenError, cycle));
        Assert.IsType<string>(Unwrap(received.TargetObject));
        Assert.Equal("bad \uFFFD", received.ToString());
        received = RoundTrip(new ErrorRecord(new InvalidOperationException("bad"), "Id", ErrorCategory.OpenError, new Unspeakable()));
        Assert.Equal(typeof(Unspeakable).FullName, Unwrap(received.TargetObject));
    }

    private static ErrorRecord RoundTrip(ErrorRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        StreamRecordCodec.Write(record, output, BodyLimits.Default);
        return (ErrorRecord)StreamRecordCodec.Read(output.WrittenSpan, BodyLimits.Default);
    }

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;

    private sealed class Unspeakable
    {
        public override string ToString() => throw new InvalidOperationException("no words");
    }
}
