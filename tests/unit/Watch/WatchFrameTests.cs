using System.Globalization;
using Cluster.Contracts;
using Cluster.Watch;
using Spectre.Console.Testing;

namespace Cluster.UnitTests.Watch;

/// <summary>The view in terminals of several sizes.</summary>
public sealed class WatchFrameTests
{
    public WatchFrameTests()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    }

    [Theory]
    [InlineData(80, 24, 2)]
    [InlineData(80, 24, 100)]
    [InlineData(120, 40, 4)]
    [InlineData(120, 40, 100)]
    [InlineData(40, 10, 4)]
    [InlineData(40, 10, 100)]
    [InlineData(20, 5, 4)]
    [InlineData(300, 60, 0)]
    public void It_fits(int width, int height, int workers)
    {
        var lines = Draw(new WatchView(Samples.Snapshot(workers), 1, null, ShowsKeys: false), width, height);
        Assert.True(lines.Length <= height, string.Join('\n', lines));
        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= width, line));
        Assert.StartsWith("10:00:00", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(width < 53 ? "Up/Down" : "Up/Down select  r restart  +/- resize  q quit  ? keys", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_usual_terminal_shows_the_columns_that_matter()
    {
        var lines = Draw(new WatchView(Samples.Snapshot(2), 2, null, ShowsKeys: false), 80, 24);
        Assert.Equal("10:00:00  service: Running, 2 of 2 workers ready, 3 unread", lines[0].TrimEnd());
        Assert.Equal("   Id     PID  State       Since  Queue  Sent/s  Recv/s   CPU   Memory  Rate", lines[3].TrimEnd());
        Assert.Equal("    1    4001  Ready      3m 12s      5   1,234   12.3k   97%    84 MB  ▁▂▃▄▅▆▇█", lines[4].TrimEnd());
        Assert.Equal(">   2    4002  Ready      3m 12s      5   1,234   12.3k   97%    84 MB  ▁▂▃▄▅▆▇█", lines[5].TrimEnd());
        Assert.Contains(lines, line => line.StartsWith("10:00:00  Exit           worker 8: Crashed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_wide_terminal_shows_all()
    {
        var lines = Draw(new WatchView(Samples.Snapshot(2), 1, null, ShowsKeys: false), 120, 40);
        Assert.Equal("  Slot   Id     PID  State       Since  Restarts  Queue  Sent/s  Recv/s   CPU   Memory  Rate", lines[3].TrimEnd());
    }

    [Fact]
    public void The_selected_worker_is_seen_among_many()
    {
        var lines = Draw(new WatchView(Samples.Snapshot(100), 50, null, ShowsKeys: false), 80, 24);
        Assert.Single(lines, line => line.StartsWith(">  50 ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.EndsWith(" more", StringComparison.Ordinal) && line.StartsWith("… ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_question_and_the_keys_are_shown()
    {
        var view = new WatchView(Samples.Snapshot(2), 1, new WatchStatus(WatchStatusKind.Question, "Restart worker 1? y/n"), ShowsKeys: true);
        var lines = Draw(view, 80, 24);
        Assert.Equal("Restart worker 1? y/n", lines[^1].TrimEnd());
        Assert.Contains(lines, line => line.StartsWith("Up, Down, j, k ", StringComparison.Ordinal));
    }

    [Fact]
    public void States_have_colours_and_none_when_told()
    {
        var snapshot = Samples.Snapshot(0, events: 0) with
        {
            Rows = [Samples.Row(0), Samples.Row(1, WorkerState.Starting), Samples.Row(2, WorkerState.Failed)],
        };
        var view = new WatchView(snapshot, 1, null, ShowsKeys: false);
        var coloured = FrameText.Render(view, new FrameSize(80, 24), hasColors: true, isUnicode: true);
        Assert.Contains(coloured, line => line.Contains("\u001b[1;32mReady", StringComparison.Ordinal));
        Assert.Contains(coloured, line => line.Contains("\u001b[33mStarting", StringComparison.Ordinal));
        Assert.Contains(coloured, line => line.Contains("\u001b[31mFailed", StringComparison.Ordinal));
        Assert.All(FrameText.Render(view, new FrameSize(80, 24), hasColors: false, isUnicode: true), line => Assert.DoesNotContain('\u001b', line));
    }

    [Fact]
    public void A_terminal_without_UTF_8_gets_ASCII()
    {
        var lines = FrameText.Render(new WatchView(Samples.Snapshot(100), 1, null, ShowsKeys: false), new FrameSize(80, 24), hasColors: false, isUnicode: false);
        Assert.All(lines, line => Assert.True(System.Text.Ascii.IsValid(line), line));
        Assert.Contains(lines, line => line.EndsWith("_.:-=+*#", StringComparison.Ordinal));
    }

    [Fact]
    public void Nobody_can_write_control_sequences_by_an_event()
    {
        var snapshot = Samples.Snapshot(1) with { Events = [new WatchEvent(Samples.Start, ClusterEventName.Exit, 1, "a\u001b[2Jb[red]\nc")] };
        var lines = FrameText.Render(new WatchView(snapshot, 1, null, ShowsKeys: false), new FrameSize(80, 24), hasColors: true, isUnicode: true);
        Assert.Contains(lines, line => line.Contains("worker 1: a [2Jb[red] c", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain("\u001b[2J", line, StringComparison.Ordinal));
    }

    private static string[] Draw(WatchView view, int width, int height)
    {
        using var console = new TestConsole();
        (console.Profile.Width, console.Profile.Height) = (width, height);
        console.Write(new WatchFrame(view, new FrameSize(width, height), isUnicode: true).Draw());
        return console.Output.TrimEnd('\n').Split('\n');
    }
}
