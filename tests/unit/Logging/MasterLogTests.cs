using System.Globalization;
using System.Text.RegularExpressions;
using Cluster.Logging;

namespace Cluster.UnitTests.Logging;

/// <summary>The queue before the disk, with files in memory.</summary>
public sealed class MasterLogTests
{
    private readonly Dictionary<string, StringWriter> _files = [];
    private readonly List<string> _failures = [];

    [Fact]
    public async Task Everything_that_was_added_is_written_when_it_has_been_disposed()
    {
        var log = new MasterLog(Open, "begin", _failures.Add);
        for (var line = 0; line < 1000; line++)
        {
            log.Add(new FakeSource(line % 2), "text", isError: false);
        }

        await log.DisposeAsync();
        Assert.Equal(500, Count("slot-0", "\"stdout\""));
        Assert.Equal(500, Count("slot-1", "\"stdout\""));
        Assert.Equal(2, Count("master", "\"event\""));
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task A_disk_that_does_not_answer_holds_nobody_up_and_what_was_dropped_is_said()
    {
        using var disk = new ManualResetEventSlim();
        var log = new MasterLog(name => name == "master" ? Open(name) : OpenWhenThere(name, disk), "begin", _failures.Add);
        for (var line = 0; line < 50_000; line++)
        {
            log.Add(new FakeSource(0), "text", isError: false);
        }

        disk.Set();
        await log.DisposeAsync();
        var written = Count("slot-0", "\"stdout\"");
        var dropped = Regex.Matches(_files["master"].ToString(), "\"LogOverflow\",\"reason\":\"([0-9]+) ").Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.InRange(dropped, 1, 50_000 - 1);
        Assert.Equal(50_000, written + dropped);
    }

    [Fact]
    public async Task Large_entries_are_bounded_by_their_bytes()
    {
        using var disk = new ManualResetEventSlim();
        var log = new MasterLog(name => name == "master" ? Open(name) : OpenWhenThere(name, disk), "begin", _failures.Add);
        for (var line = 0; line < 1000; line++)
        {
            log.Add(new FakeSource(0), new string('x', 50_000), isError: false);
        }

        disk.Set();
        await log.DisposeAsync();
        Assert.InRange(Count("slot-0", "\"stdout\""), 100, 200);
    }

    [Fact]
    public async Task Many_files_on_a_full_disk_are_one_failure()
    {
        var log = new MasterLog(_ => throw new IOException("full"), "begin", _failures.Add);
        Assert.Equal(["The log 'master' cannot be written: full Messages are not affected."], _failures);
        for (var line = 0; line < 100; line++)
        {
            log.Add(new FakeSource(line), "text", isError: false);
        }

        await log.DisposeAsync();
        Assert.Single(_failures);
    }

    [Fact]
    public async Task What_comes_after_the_end_is_nobodys()
    {
        var log = new MasterLog(Open, "begin", _failures.Add);
        await log.DisposeAsync();
        log.Add(new FakeSource(0), "text", isError: false);
        log.Flush(TimeSpan.Zero);
        Assert.DoesNotContain("slot-0", _files.Keys);
    }

    private StringWriter OpenWhenThere(string name, ManualResetEventSlim disk)
    {
        disk.Wait();
        return Open(name);
    }

    private StringWriter Open(string name) => _files[name] = new StringWriter();

    private int Count(string file, string text) => Regex.Count(_files[file].ToString(), Regex.Escape(text));
}
