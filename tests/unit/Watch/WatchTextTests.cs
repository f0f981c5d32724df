using System.Globalization;
using Cluster.Watch;

namespace Cluster.UnitTests.Watch;

/// <summary>Numbers and lines as a person reads them.</summary>
public sealed class WatchTextTests
{
    public WatchTextTests()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    }

    [Theory]
    [InlineData(null, "-")]
    [InlineData(12_288L, "12 KB")]
    [InlineData(84L << 20, "84 MB")]
    [InlineData(1_288_490_189L, "1.2 GB")]
    public void Memory_has_a_unit(long? bytes, string text) => Assert.Equal(text, WatchText.Memory(bytes));

    [Theory]
    [InlineData(null, "-")]
    [InlineData(0.0, "0")]
    [InlineData(0.4, "0.4")]
    [InlineData(12.3, "12")]
    [InlineData(1_234.0, "1,234")]
    [InlineData(9_999.9, "10.0k")]
    [InlineData(12_345.0, "12.3k")]
    [InlineData(999_960.0, "1.0M")]
    public void Rates_stay_short(double? rate, string text) => Assert.Equal(text, WatchText.Rate(rate));

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(192, "3m 12s")]
    [InlineData(7_500, "2h 5m")]
    [InlineData(273_600, "3d 4h")]
    public void Times_have_two_units(int seconds, string text) => Assert.Equal(text, WatchText.Time(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_line_has_no_control_characters() =>
        Assert.Equal("a [2Jb c", WatchText.Line("a\u001b[2Jb\nc\r\n"));

    [Theory]
    [InlineData("12345", 5, "12345")]
    [InlineData("123456", 5, "12...")]
    [InlineData("123456", 2, "..")]
    [InlineData("1\U0001F600345", 5, "1...")]
    public void A_long_line_is_cut(string line, int width, string text) => Assert.Equal(text, WatchText.Clip(line, width));

    [Fact]
    public void Parts_that_do_not_fit_are_left_out()
    {
        Assert.Equal("one, two", WatchText.Fit(["one", "two", "three"], 14));
        Assert.Equal(string.Empty, WatchText.Fit(["one", "two"], 2));
    }

    [Theory]
    [InlineData(true, "   ▁▃▅█▁")]
    [InlineData(false, "   _:=#_")]
    public void Bars_are_scaled_to_the_largest(bool isUnicode, string bars) =>
        Assert.Equal(bars, Sparkline.Draw([0, 300, 600, 1_000, 0], 8, isUnicode));

    [Fact]
    public void Bars_without_traffic_are_low() => Assert.Equal("▁▁", Sparkline.Draw([0, 0, 0], 2, isUnicode: true));

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    [InlineData(10)]
    public void Plain_text_fits_and_has_no_control_sequences(int width)
    {
        var text = PlainText.Of(Samples.Snapshot(3), width);
        Assert.All(text.Split(Environment.NewLine), line => Assert.True(line.Length <= width, line));
        Assert.DoesNotContain('\u001b', text);
    }

    [Fact]
    public void Plain_text_has_the_words_of_the_view()
    {
        var text = PlainText.Of(Samples.Snapshot(2, events: 1), 120);
        Assert.StartsWith(
            $"10:00:00  service: Running, 2 of 2 workers ready, 3 unread{Environment.NewLine}"
            + $"sent 1,234/s, received 12.3k/s, 49,632 requests (p50 1.7 ms, p99 5.5 ms), 2 restarts{Environment.NewLine}"
            + "Slot   Id     PID  State       Since  Restarts  Queue  Sent/s  Recv/s   CPU   Memory",
            text,
            StringComparison.Ordinal);
        Assert.Contains("   1    2    4002  Ready      3m 12s         0      5   1,234   12.3k   97%    84 MB", text, StringComparison.Ordinal);
        Assert.Contains("10:00:00  Exit           worker 1: Crashed, SIGKILL", text, StringComparison.Ordinal);
    }
}
