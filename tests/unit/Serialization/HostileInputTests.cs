using System.Diagnostics;
using System.Text;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

public sealed class HostileInputTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData("[1")]
    [InlineData("[1,")]
    [InlineData("[1}")]
    [InlineData("""{"a" """)]
    [InlineData("""{"a":""")]
    [InlineData("""{"a":1""")]
    [InlineData("\"abc")]
    [InlineData("\"\\uD8")]
    [InlineData("nul")]
    [InlineData("1 2")]
    [InlineData("{} {}")]
    [InlineData("[]x")]
    [InlineData("undefined")]
    [InlineData("new Date(1)")]
    [InlineData("/* comment */ 1")]
    [InlineData("[/* comment */]")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"A":2}""")]
    [InlineData("""{"":1,"":2}""")]
    [InlineData("""{"$":"object","t":["A"],"s":1,"v":{}}""")]
    [InlineData("""{"$":"object","t":["A"],"s":"x"}""")]
    [InlineData("""{"$":"map","s":"x","v":{}}""")]
    [InlineData("""{"$":"hashtable","v":["a",1]}""")]
    [InlineData("""{"$":1}""")]
    [InlineData("""{"$":"datetime"}""")]
    [InlineData("""{"$":"datetime","v":"yesterday"}""")]
    [InlineData("""{"$":"datetime","v":1}""")]
    [InlineData("""{"$":"datetime","v":"2024-01-01T00:00:00.0000000","x":1}""")]
    [InlineData("""{"$":"datetime","x":"2024-01-01T00:00:00.0000000"}""")]
    [InlineData("""{"$":"System.IO.FileInfo","v":"/etc/passwd"}""")]
    [InlineData("""{"$":"map","v":1}""")]
    [InlineData("""{"$":"map","v":[]}""")]
    [InlineData("""{"$":"object","v":{}}""")]
    [InlineData("""{"$":"object","t":[1],"v":{}}""")]
    [InlineData("""{"$":"object","t":"x","v":{}}""")]
    [InlineData("""{"$":"char","v":65536}""")]
    [InlineData("""{"$":"char","v":-1}""")]
    [InlineData("""{"$":"char","v":"a"}""")]
    [InlineData("""{"$":"bytes","v":"?"}""")]
    [InlineData("""{"$":"bytes","v":null}""")]
    [InlineData("""{"$":"bigint","v":"*"}""")]
    [InlineData("""{"$":"double","v":"1"}""")]
    [InlineData("""{"$":"float","v":"x"}""")]
    [InlineData("""{"$":"decimal","v":"1e400"}""")]
    [InlineData("""{"$":"timespan","v":"99999999999.00:00:00"}""")]
    [InlineData("""{"$":"guid","v":"{}"}""")]
    [InlineData("""{"$":"uri","v":"no scheme"}""")]
    [InlineData("""{"$":"version","v":"1"}""")]
    [InlineData("""{"$":"semver","v":"x.y"}""")]
    [InlineData("""{"$":"dateonly","v":"2024-02-30"}""")]
    public void What_is_no_body_is_reported_as_malformed(string json)
    {
        Assert.Throws<BodyMalformedException>(() => Codec.Parse(json));
        Assert.Throws<BodyMalformedException>(() => Codec.Parse(json, MapStyle.Hashtable));
    }

    [Theory]
    [InlineData("""{"$":"hashtable","v":["a"]}""")]
    [InlineData("""{"$":"hashtable","v":[null,1]}""")]
    [InlineData("""{"$":"hashtable","v":["a",1,"a",2]}""")]
    [InlineData("""{"$":"ordered","v":[1,1,1,2]}""")]
    [InlineData("""{"$":"ordered","v":{"a":1}}""")]
    [InlineData("""{"$":"ordered","v":["a",1],"x":1}""")]
    [InlineData("""{"$":"hashtable","v":["a",1""")]
    [InlineData("""{"$":"hashtable","t":[],"v":[]}""")]
    public void What_is_no_table_is_reported_as_malformed(string json) =>
        Assert.Throws<BodyMalformedException>(() => Codec.Parse(json, MapStyle.Original));

    [Fact]
    public void Tables_in_tables_are_no_deeper_than_the_limit()
    {
        const int Depth = 40;
        var json = string.Concat(Enumerable.Repeat("""{"$":"hashtable","v":["k",""", Depth)) + "1" + string.Concat(Enumerable.Repeat("]}", Depth));
        Assert.Throws<BodyMalformedException>(() => Codec.Parse(json, MapStyle.Original));
    }

    [Theory]
    [InlineData(new byte[] { 0x22, 0xFF, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xC3, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xED, 0xA0, 0x80, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xF0, 0x9F, 0x98 })]
    public void Bytes_that_are_no_UTF8_are_reported_as_malformed(byte[] bytes)
    {
        Malformed(bytes);
        Malformed([0x22, .. Enumerable.Repeat((byte)'x', 5000), .. bytes[1..]]);
    }

    [Fact]
    public void Deep_nesting_is_reported_as_malformed_whatever_the_depth()
    {
        foreach (var depth in new[] { 33, 67, 1000, 1_000_000 })
        {
            Malformed(Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth)));
            Malformed(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)));
            Malformed(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"$\":\"map\",\"v\":{\"a\":", depth))));
        }
    }

    [Fact]
    public void The_greatest_depth_allowed_fits_on_the_stack()
    {
        var limits = new BodyLimits(BodyLimits.DeepestAllowed);
        object value = 1;
        for (var i = 0; i < BodyLimits.DeepestAllowed; i++)
        {
            value = Codec.Ordered(("$", value));
        }

        Assert.NotNull(Codec.RoundTrip(value, limits: limits));
    }

    [Fact]
    public void Huge_numbers_take_no_time()
    {
        var clock = Stopwatch.StartNew();
        Malformed(Encoding.UTF8.GetBytes(new string('9', 10_000_000)));
        Malformed(Encoding.UTF8.GetBytes("-" + new string('9', 500)));
        Assert.Equal(double.PositiveInfinity, Codec.Parse("1e999999999"));
        Assert.Equal(0.0, Codec.Parse("1e-999999999"));
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "Parsing them took more than linear time.");
    }

    [Fact]
    public void A_body_over_the_limit_and_an_unknown_encoding_are_reported_as_malformed()
    {
        Assert.Throws<BodyMalformedException>(() => BodyReader.Read(new byte[11], BodyEncoding.Raw, MapStyle.PSObject, new BodyLimits(maxBytes: 10)));
        Assert.Throws<BodyMalformedException>(() => BodyReader.Read("1"u8, (BodyEncoding)7, MapStyle.PSObject, BodyLimits.Default));
    }

    [Theory]
    [InlineData("""["\ud800"]""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("""["a",]""")]
    [InlineData("""[1]/**/""")]
    [InlineData("""[01]""")]
    [InlineData("""[+1]""")]
    [InlineData("""[NaN]""")]
    [InlineData("""['a']""")]
    public void What_is_nearly_JSON_is_malformed(string json) => Malformed(Encoding.UTF8.GetBytes(json));

    [Fact]
    public void After_a_malformed_body_the_next_one_is_read()
    {
        for (var i = 0; i < 3; i++)
        {
            Malformed("""[[{"a":[1,{"b":"""u8.ToArray());
            Assert.Equal(new object[] { "b" }, Codec.Parse("""["b"]"""));
        }
    }

    [Fact]
    public void Many_different_keys_leave_the_reader_no_larger()
    {
        for (var i = 0; i < 20_000; i++)
        {
            Assert.Equal(i, Codec.Get(Codec.Parse($$"""{"key{{i}}":{{i}}}"""), "key" + i));
        }
    }

    private static void Malformed(byte[] bytes) =>
        Assert.Throws<BodyMalformedException>(() => BodyReader.Read(bytes, BodyEncoding.Json, MapStyle.PSObject, BodyLimits.Default));
}
