using System.Management.Automation;
using Cluster.Binding;

namespace Cluster.UnitTests.Binding;

public sealed class ParameterTransformationTests
{
    [Theory]
    [InlineData("2..4", "2 3 4")]
    [InlineData("7..7", "7")]
    [InlineData("slot:0..1", "slot:0 slot:1")]
    [InlineData("SLOT:0..1", "SLOT:0 SLOT:1")]
    public void A_range_is_all_of_its_numbers(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', (object[])Range(text)));

    [Fact]
    public void A_range_may_stand_among_others() =>
        Assert.Equal([1, "3", "4", "slot:9"], (object[])Range(new object[] { 1, "3..4", "slot:9" }));

    [Theory]
    [InlineData("1*")]
    [InlineData("1..")]
    [InlineData("a..b")]
    [InlineData("1...3")]
    [InlineData("-1..3")]
    public void What_is_no_range_stays(string text) => Assert.Same(text, Range(text));

    [Theory]
    [InlineData("4..2")]
    [InlineData("1..1025")]
    [InlineData("0..999999999")]
    public void A_range_that_is_wrong_or_endless_is_refused(string text) =>
        Assert.Throws<ArgumentTransformationMetadataException>(() => Range(text));

    [Fact]
    public void Seconds_are_a_number_a_time_span_or_its_text()
    {
        var seconds = new SecondsAttribute();
        Assert.Equal(90.0, seconds.Transform(null!, TimeSpan.FromSeconds(90)));
        Assert.Equal(90.0, seconds.Transform(null!, new PSObject(TimeSpan.FromSeconds(90))));
        Assert.Equal(90.0, seconds.Transform(null!, "00:01:30"));
        Assert.Equal(2.5, seconds.Transform(null!, 2.5));
        Assert.Equal("soon", seconds.Transform(null!, "soon"));
    }

    [Fact]
    public void A_time_span_takes_a_number_as_seconds()
    {
        var time = new SecondsAttribute { AsTimeSpan = true };
        Assert.Equal(TimeSpan.FromHours(1), time.Transform(null!, 3600));
        Assert.Equal(TimeSpan.FromSeconds(1.5), time.Transform(null!, "1.5"));
        Assert.Equal(TimeSpan.FromMinutes(90), time.Transform(null!, "01:30:00"));
        Assert.Equal(TimeSpan.FromMinutes(90), time.Transform(null!, TimeSpan.FromMinutes(90)));
        Assert.Throws<ArgumentTransformationMetadataException>(() => time.Transform(null!, double.PositiveInfinity));
    }

    private static object Range(object given) => new NumberRangeAttribute().Transform(null!, given);
}
