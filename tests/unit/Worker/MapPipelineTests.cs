using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Protocol;
using Cluster.Serialization;
using Cluster.Worker;
using Cluster.Worker.Map;

namespace Cluster.UnitTests.Worker;

/// <summary>Items in a real runspace: scopes, arguments, <c>$using:</c>, errors, and named blocks.</summary>
public sealed class MapPipelineTests : IDisposable
{
    private readonly object _gate = new();
    private readonly FakeMapLink _link = new();
    private readonly WorkerHost _host = new();
    private readonly ItemSource _source;
    private readonly ItemStreams _streams;
    private readonly Runspace _runspace;

    public MapPipelineTests()
    {
        var results = new ResultBuffer(_link, _gate);
        _source = new ItemSource(_link, results, _gate);
        _streams = new ItemStreams(results, _gate);
        _host.Connect(_streams, CultureInfo.InvariantCulture, CultureInfo.InvariantCulture);
        _runspace = RunspaceFactory.CreateRunspace(_host, InitialSessionState.CreateDefault2());
        _runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        _runspace.Open();
    }

    public void Dispose() => _runspace.Dispose();

    [Theory]
    [InlineData("param($item, $more) \"$_ $item $more\"")]
    [InlineData("param([Parameter(Position = 0)] $item, [Parameter(Position = 1)] $more) \"$_ $item $more\"")]
    public void An_item_is_an_argument_and_the_current_object(string text) =>
        Assert.Equal(["r1[0]1 1 x", "r1[0]Completed", "r1[1]2 2 x", "r1[1]Completed", "done 1"], Run(text, 1, 2));

    [Theory]
    [InlineData("\"$seen$source$body$list\"; $seen = 1")]
    [InlineData("param([Parameter(Position = 0)] $item, [Parameter(Position = 1)] $more) \"$seen$source$body$list\"; $seen = 1")]
    public void No_item_sees_locals_of_another_or_of_the_map(string text) =>
        Assert.Equal(["r1[0]", "r1[0]Completed", "r1[1]", "r1[1]Completed", "done 1"], Run(text, 1, 2));

    [Fact]
    public void Values_and_blocks_of_the_caller_are_there_in_nested_blocks_too() =>
        Assert.Equal(["r1[0]5 10 f5", "r1[0]Completed", "done 1"], Run("\"$(& { $using:v }) $(& $using:b) $(f)\"", 1));

    [Theory]
    [InlineData("if ($_ -eq 1) { throw 'bad' }; $_", "bad")]
    [InlineData("if ($_ -eq 1) { Get-Command none -ErrorAction Stop }; $_", "The term 'none'")]
    public void A_throw_fails_its_item_and_is_told_once(string text, string error)
    {
        var sent = Run(text, 1, 2);
        Assert.StartsWith($"r1[0]{error}", sent[0], StringComparison.Ordinal);
        Assert.Equal(["r1[0]Failed", "r1[1]2", "r1[1]Completed", "done 1"], sent[1..]);
    }

    [Fact]
    public void A_statement_that_fails_ends_itself_alone() =>
        Assert.Equal(["r1[0]Attempted to divide by zero.", "r1[0]after", "r1[0]Completed", "done 1"], Run("1 / ($_ - 1); 'after'", 1));

    [Theory]
    [InlineData("if ($_ -eq 1) { break }; $_")]
    [InlineData("if ($_ -eq 1) { continue }; $_")]
    [InlineData("if ($_ -eq 1) { exit }; $_")]
    [InlineData("if ($_ -eq 1) { return }; $_")]
    public void An_item_may_end_early(string text) =>
        Assert.Equal(["r1[0]Completed", "r1[1]2", "r1[1]Completed", "done 1"], Run(text, 1, 2));

    [Fact]
    public void Blocks_begin_once_and_again_after_a_throw()
    {
        var sent = Run("begin { 'begin' } process { if ($_ -eq 2) { throw 'bad' }; $_ } end { 'end' }", 1, 2, 3);
        Assert.Equal(
            ["r1[-1]begin", "r1[0]1", "r1[0]Completed", "r1[1]bad", "r1[1]Failed", "r1[-1]begin", "r1[2]3", "r1[2]Completed", "done 1", "r9[-1]end"], sent);
    }

    [Fact]
    public void What_cannot_be_sent_is_an_error_of_its_item()
    {
        var sent = Run("$h = @{}; $h.h = $h; $h; 'after'", 1);
        Assert.Equal(4, sent.Length);
        Assert.Equal(["r1[0]after", "r1[0]Completed", "done 1"], sent[1..]);
    }

    [Fact]
    public void Functions_go_with_their_map()
    {
        Run("f", 1);
        using var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        Assert.Empty(shell.AddScript("Get-Command f -ErrorAction Ignore").Invoke());
    }

    /// <summary>Runs a batch and the end of the input, as a runner does.</summary>
    private string[] Run(string text, params object[] items)
    {
        Runspace.DefaultRunspace = _runspace;
        var definition = new MapDefinition
        {
            Number = 1,
            ScriptText = text,
            WorkingDirectory = AppContext.BaseDirectory,
            Arguments = ["x"],
            UsingValues = new Hashtable { ["$using:v"] = 5 },
            UsingBlocks = new Hashtable { ["$using:b"] = "10" },
            Functions = new Hashtable { ["f"] = "\"f$using:v\"" },
        };
        MapBatch? end = FakeMapLink.End(9);
        _source.Serve(new WorkerMap(definition, _link), () => Interlocked.Exchange(ref end, null));
        var shell = new ItemShell(_source, _streams);
        var setup = new MapSetup(_runspace, definition);
        setup.Run(build => shell.Invoke(_runspace, build, isItem: false));
        _source.Begin(FakeMapLink.Batch(1, items));
        Assert.Equal(["begin 1"], _link.Take());
        while (_source.HasBatch)
        {
            RuntimeException? error = null;
            _source.BeginPipeline();
            try
            {
                shell.Invoke(_runspace, pipeline => setup.AddItems(pipeline, _source), isItem: true);
            }
            catch (RuntimeException exception)
            {
                error = exception;
            }

            var record = new System.Buffers.ArrayBufferWriter<byte>();
            if (error is not null)
            {
                StreamRecordCodec.Write(error.ErrorRecord, record, BodyLimits.Default);
            }

            _source.EndPipeline(error is null ? MapItemOutcome.Completed : MapItemOutcome.Failed, record.WrittenSpan);
        }

        setup.Undo();
        return _link.Take();
    }
}
