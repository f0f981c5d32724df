using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Numerics;
using System.Text.RegularExpressions;
using System.Xml;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

public sealed class ScalarTests
{
    public static TheoryData<object> SameTypeAndValue => new()
    {
        true, false, "", "text", "NUL \0, tab \t, quote \", slash \\ /, \u007f\u0085\u2028\u2029\ufeff\uffff", "Grüße, 世界, 👩‍👩‍👧, \U0010FFFF",
        "2024-01-31T12:00:00Z", "$", "/Date(1)/",
        0, -1, int.MinValue, int.MaxValue, int.MaxValue + 1L, int.MinValue - 1L, long.MinValue, long.MaxValue,
        (BigInteger)long.MaxValue + 1, (BigInteger)long.MinValue - 1, BigInteger.Pow(10, 300), -BigInteger.Pow(2, 1024),
        BigInteger.Pow(2, 1024) + 1, -BigInteger.Pow(7, 5000), BigInteger.Pow(3, 50_000),
        1.0, 1.5, 0.1, -0.0, double.MaxValue, double.Epsilon, 1e300, 1e16, 123456789012345680.0, double.NaN,
        double.PositiveInfinity, double.NegativeInfinity,
        1.5f, 0.1f, -0.0f, float.MaxValue, float.Epsilon, 16777216f, float.NaN, float.PositiveInfinity, float.NegativeInfinity,
        0m, 1.10m, -1.000m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m,
        new DateTime(2024, 2, 29, 12, 34, 56, DateTimeKind.Utc).AddTicks(7), new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Local),
        new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Unspecified), DateTime.MinValue, DateTime.MaxValue,
        DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Local), DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Local),
        new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromMinutes(-210)), DateTimeOffset.MinValue, DateTimeOffset.MaxValue,
        TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue, TimeSpan.FromTicks(1), new TimeSpan(3, 4, 5, 6, 7),
        new DateOnly(2024, 2, 29), DateOnly.MinValue, DateOnly.MaxValue, new TimeOnly(23, 59, 59, 999), TimeOnly.MaxValue,
        Guid.Empty, new Guid("5d0f7a1e-3c0b-4e53-9c1d-7f3f7d3a6e21"),
        new Uri("https://example.org/a b?q=%20#f"), new Uri("../up/here", UriKind.Relative), new Uri("/rooted", UriKind.Relative), new Uri("file:///etc"),
        new Version(1, 2), new Version(1, 2, 3, 4), new Version(), new SemanticVersion("1.2.3-beta.1+build.5"), new SemanticVersion(7, 4),
        'x', '\0', '\uD800', '\uFFFF',
    };

    [Theory]
    [MemberData(nameof(SameTypeAndValue))]
    public void A_scalar_comes_back_with_its_type_and_value(object value)
    {
        foreach (var sent in new[] { value, PSObject.AsPSObject(value) })
        {
            var received = Codec.RoundTrip(sent);
            Assert.Equal(value.GetType(), received!.GetType());
            Assert.Equal(value, received);
            Assert.Equal(value, ((object?[])Codec.RoundTrip(new[] { sent })!)[0]);
            Assert.Equal(value, Codec.Get(Codec.RoundTrip(Codec.Ordered(("key", sent))), "key"));
        }
    }

    [Fact]
    public void Null_and_its_relatives_come_back_as_null()
    {
        Assert.Null(Codec.RoundTrip(null));
        Assert.Null(Codec.RoundTrip(DBNull.Value));
        Assert.Null(Codec.RoundTrip(AutomationNull.Value));
        Assert.Equal(new object?[] { null, null, null }, Codec.RoundTrip(new object?[] { null, DBNull.Value, AutomationNull.Value }));
    }

    [Fact]
    public void A_negative_zero_keeps_its_sign()
    {
        Assert.True(double.IsNegative((double)Codec.RoundTrip(-0.0)!));
        Assert.True(float.IsNegative((float)Codec.RoundTrip(-0.0f)!));
    }

    [Fact]
    public void A_decimal_keeps_its_scale() =>
        Assert.Equal("1.10", ((decimal)Codec.RoundTrip(1.10m)!).ToString(CultureInfo.InvariantCulture));

    [Theory]
    [InlineData(DateTimeKind.Utc)]
    [InlineData(DateTimeKind.Local)]
    [InlineData(DateTimeKind.Unspecified)]
    public void A_date_keeps_its_kind(DateTimeKind kind) =>
        Assert.Equal(kind, ((DateTime)Codec.RoundTrip(new DateTime(2024, 7, 1, 0, 0, 0, kind))!).Kind);

    [Fact]
    public void An_offset_of_a_date_is_kept() =>
        Assert.Equal(TimeSpan.FromHours(14), ((DateTimeOffset)Codec.RoundTrip(new DateTimeOffset(2024, 7, 1, 0, 0, 0, TimeSpan.FromHours(14)))!).Offset);

    public static TheoryData<object, object> Integers => new()
    {
        { (byte)255, 255 }, { (sbyte)-128, -128 }, { (short)-32768, -32768 }, { (ushort)65535, 65535 },
        { 7u, 7 }, { uint.MaxValue, (long)uint.MaxValue }, { 7L, 7 }, { 7UL, 7 }, { (ulong)long.MaxValue, long.MaxValue },
        { ulong.MaxValue, (BigInteger)ulong.MaxValue }, { (BigInteger)7, 7 }, { (BigInteger)long.MinValue, long.MinValue },
        { (Int128)7, 7 }, { Int128.MinValue, (BigInteger)Int128.MinValue }, { UInt128.MaxValue, (BigInteger)UInt128.MaxValue },
        { (nint)(-7), -7 }, { (nuint)7, 7 },
    };

    [Theory]
    [MemberData(nameof(Integers))]
    public void An_integer_comes_back_as_the_smallest_of_int_long_and_bigint(object sent, object expected)
    {
        var received = Codec.RoundTrip(sent)!;
        Assert.Equal(expected.GetType(), received.GetType());
        Assert.Equal(expected, received);
    }

    [Theory]
    [InlineData(ConsoleColor.DarkRed, "DarkRed")]
    [InlineData((ConsoleColor)99, "99")]
    [InlineData(FileAttributes.Hidden | FileAttributes.System, "Hidden, System")]
    public void An_enum_comes_back_as_its_name(object value, string expected)
    {
        Assert.Equal(expected, Codec.RoundTrip(value));
        Assert.Equal(expected, Codec.RoundTrip(PSObject.AsPSObject(value)));
    }

    [Fact]
    public void Code_patterns_types_and_markup_come_back_as_their_text()
    {
        var markup = new XmlDocument();
        markup.LoadXml("<a b=\"1\"><c/></a>");
        Assert.Equal(" Get-Date ", Codec.RoundTrip(ScriptBlock.Create(" Get-Date ")));
        Assert.Equal("^a+$", Codec.RoundTrip(new Regex("^a+$")));
        Assert.Equal("System.String", Codec.RoundTrip(typeof(string)));
        Assert.Equal("<a b=\"1\"><c /></a>", Codec.RoundTrip(markup));
        Assert.Equal("de-CH", Codec.RoundTrip(new CultureInfo("de-CH")));
        Assert.Equal("utf-8", Codec.RoundTrip(System.Text.Encoding.UTF8));
    }

    [Fact]
    public void A_switch_comes_back_as_a_bool()
    {
        Assert.Equal(true, Codec.RoundTrip(new SwitchParameter(true)));
        Assert.Equal(false, Codec.RoundTrip(new SwitchParameter(false)));
    }

    [Fact]
    public void Every_character_comes_back_in_a_short_text_and_in_a_long_one()
    {
        for (var unit = '\0'; unit < '\u0180'; unit++)
        {
            foreach (var text in new[] { $"{unit}", $"a{unit}b", unit + new string('x', 200) })
            {
                Assert.Equal(text, Codec.RoundTrip(text));
            }
        }

        Assert.Equal("\"a\\n\\\"\\\\ é~\"", Codec.Json("a\n\"\\ é~"));
    }

    [Fact]
    public void A_text_of_any_length_comes_back_though_pairs_fall_on_the_ends_of_buffers()
    {
        for (var length = 1000; length < 9000; length += 7)
        {
            var text = new string('x', length % 5) + string.Concat(Enumerable.Repeat("😀", length / 2)) + "é世\0\"";
            Assert.Equal(text, Codec.RoundTrip(text));
        }
    }

    [Fact]
    public void The_wire_is_plain_JSON_where_JSON_has_the_type() =>
        Assert.Equal(
            """{"id":1,"value":1.5,"whole":2.0,"tags":["a",null],"ok":true}""",
            Codec.Json(Codec.Ordered(("id", 1), ("value", 1.5), ("whole", 2.0), ("tags", new object?[] { "a", null }), ("ok", true))));

    [Fact]
    public void No_culture_changes_the_wire()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("ar-SA");
            var values = new object?[] { 1.5, 1.5f, 1.5m, -7, (BigInteger)(-7), new DateTime(2024, 1, 1), TimeSpan.FromSeconds(1.5) };
            Assert.Equal(values.Select(Numbered), ((object?[])Codec.RoundTrip(values)!).Select(Numbered));
            Assert.Contains("2024-01-01T", Codec.Json(values), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        static object? Numbered(object? value) => value is BigInteger n ? (int)n : value;
    }

    [Fact]
    public void A_byte_array_travels_raw_at_the_top_and_as_base64_below()
    {
        byte[] bytes = [0, 1, 127, 128, 255];
        foreach (var sent in new object[] { bytes, PSObject.AsPSObject(bytes) })
        {
            var (wire, encoding) = Codec.Encode(sent);
            Assert.Equal(BodyEncoding.Raw, encoding);
            Assert.Equal(bytes, wire);
            Assert.Equal(bytes, Assert.IsType<byte[]>(Codec.RoundTrip(sent)));
        }

        Assert.Equal(bytes, Assert.IsType<byte[]>(((object?[])Codec.RoundTrip(new object[] { bytes })!)[0]));
        Assert.Empty(Assert.IsType<byte[]>(Codec.RoundTrip(Array.Empty<byte>())));
        Assert.Empty(Assert.IsType<byte[]>(((object?[])Codec.RoundTrip(new object[] { Array.Empty<byte>() })!)[0]));
    }
}
