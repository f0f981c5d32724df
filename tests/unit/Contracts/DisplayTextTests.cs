using System.Globalization;
using Cluster.Contracts;

namespace Cluster.UnitTests.Contracts;

public sealed class DisplayTextTests
{
    private static readonly CultureInfo German = CultureInfo.GetCultureInfo("de-DE");

    public DisplayTextTests()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    }

    [Theory]
    [InlineData(0L, "0 B")]
    [InlineData(999L, "999 B")]
    [InlineData(1000L, "0.98 KB")]
    [InlineData(1024L, "1 KB")]
    [InlineData(84L * 1024 * 1024, "84 MB")]
    [InlineData((long)(1.24 * 1024 * 1024 * 1024), "1.2 GB")]
    [InlineData(1023L * 1024, "1 MB")]
    [InlineData(long.MaxValue, "8 EB")]
    [InlineData(-2048L, "-2 KB")]
    public void A_size_has_at_most_three_digits(long bytes, string text) => Assert.Equal(text, DisplayText.Size(bytes));

    [Theory]
    [InlineData(0.0, "0 s")]
    [InlineData(0.00004, "0.04 ms")]
    [InlineData(0.0019, "1.9 ms")]
    [InlineData(0.214, "214 ms")]
    [InlineData(0.9996, "1 s")]
    [InlineData(12.34, "12.3 s")]
    [InlineData(59.97, "0m 59s")]
    [InlineData(192.0, "3m 12s")]
    [InlineData(7500.0, "2h 5m")]
    [InlineData(360_000.0, "4d 4h")]
    [InlineData(-5.0, "0 s")]
    public void A_time_has_its_two_largest_units(double seconds, string text) => Assert.Equal(text, DisplayText.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void What_is_not_there_is_empty()
    {
        Assert.Equal(string.Empty, DisplayText.Size(null));
        Assert.Equal(string.Empty, DisplayText.Duration(null));
        Assert.Equal(string.Empty, DisplayText.Metric(null, "s"));
    }

    [Fact]
    public void The_culture_is_the_user_s()
    {
        CultureInfo.CurrentCulture = German;
        Assert.Equal("1,5 KB", DisplayText.Size(1536));
        Assert.Equal("1,5 s", DisplayText.Duration(TimeSpan.FromSeconds(1.5)));
        Assert.Equal("12.408", DisplayText.Metric(12408, "{message}"));
    }

    [Fact]
    public void No_text_is_wider_than_its_column()
    {
        for (var size = 1L; size > 0; size *= 3)
        {
            Assert.True(DisplayText.Size(size).Length <= 7, DisplayText.Size(size));
        }

        for (var seconds = 0.000_001; seconds < 999 * 86_400; seconds *= 1.3)
        {
            Assert.True(DisplayText.Duration(TimeSpan.FromSeconds(seconds)).Length <= 8, DisplayText.Duration(TimeSpan.FromSeconds(seconds)));
        }
    }
}
