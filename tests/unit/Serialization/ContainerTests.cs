using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using Cluster.Serialization;
using Newtonsoft.Json.Linq;

namespace Cluster.UnitTests.Serialization;

public sealed class ContainerTests
{
    [Fact]
    public void Empty_one_element_and_nested_arrays_and_lists_come_back_in_the_same_shape()
    {
        var sent = new object[]
        {
            Array.Empty<object>(), new object[] { 1 }, new object[] { new object[] { Array.Empty<object>() }, 2 },
            new List<string> { "a" }, new ArrayList { 1, new ArrayList() }, new int[] { 1, 2 }, new HashSet<int> { 3 },
        };
        var expected = new object[]
        {
            Array.Empty<object>(), new object[] { 1 }, new object[] { new object[] { Array.Empty<object>() }, 2 },
            new object[] { "a" }, new object[] { 1, Array.Empty<object>() }, new object[] { 1, 2 }, new object[] { 3 },
        };
        var received = Assert.IsType<object[]>(Codec.RoundTrip(sent));
        Assert.Equal(expected, received);
        Assert.All(received, static item => Assert.IsType<object[]>(item));
    }

    [Fact]
    public void A_lazy_sequence_comes_back_as_an_array() =>
        Assert.Equal(new object[] { 0, 1, 4 }, Codec.RoundTrip(Enumerable.Range(0, 3).Select(static i => i * i)));

    [Fact]
    public void An_array_of_two_dimensions_comes_back_as_arrays_in_an_array() =>
        Assert.Equal(
            new object[] { new object[] { 1, 2, 3 }, new object[] { 4, 5, 6 } },
            Codec.RoundTrip(new[,] { { 1, 2, 3 }, { 4, 5, 6 } }));

    [Fact]
    public void A_list_that_PowerShell_has_wrapped_comes_back_as_an_array()
    {
        var wrapped = PSObject.AsPSObject(new List<object> { 1, PSObject.AsPSObject("a") });
        wrapped.Properties.Add(new PSNoteProperty("note", 1));
        Assert.Equal(new object[] { 1, "a" }, Codec.RoundTrip(wrapped));
    }

    public static TheoryData<object> Maps => new()
    {
        Codec.Ordered(("z", 1), ("a", "two"), ("m", null)),
        Codec.Custom(("z", 1), ("a", "two"), ("m", null)),
        new OrderedMapWithoutIDictionary(),
        new JObject { ["z"] = 1, ["a"] = "two", ["m"] = JValue.CreateNull() },
    };

    [Theory]
    [MemberData(nameof(Maps))]
    public void A_map_comes_back_as_a_custom_object_in_the_same_order(object map)
    {
        var received = Assert.IsType<PSObject>(Codec.RoundTrip(map));
        Assert.IsType<PSCustomObject>(received.BaseObject);
        Assert.Equal(["z", "a", "m"], Codec.Names(received));
        Assert.Equal([1, "two", null], received.Properties.Select(static p => p.Value));
        Assert.Equal("System.Management.Automation.PSCustomObject", received.TypeNames[0]);
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void AsHashtable_gives_ordered_tables_that_ignore_case(object map)
    {
        var received = Assert.IsType<OrderedDictionary>(Codec.RoundTrip(map, MapStyle.Hashtable));
        Assert.Equal(["z", "a", "m"], received.Keys.Cast<string>());
        Assert.Equal(1, received["Z"]);
    }

    [Fact]
    public void AsHashtable_gives_ordered_tables_at_every_level()
    {
        var sent = Codec.Custom(("list", new object[] { Codec.Custom(("inner", Codec.Ordered(("$", 1)))) }), ("file", new Version3D()));
        var received = Assert.IsType<OrderedDictionary>(Codec.RoundTrip(sent, MapStyle.Hashtable));
        var inner = Assert.IsType<OrderedDictionary>(((object?[])received["list"]!)[0]);
        Assert.Equal(1, Assert.IsType<OrderedDictionary>(inner["inner"])["$"]);
        Assert.Equal(3, Assert.IsType<OrderedDictionary>(received["file"])["Z"]);
    }

    [Fact]
    public void A_hashtable_keeps_all_its_entries()
    {
        var sent = new Hashtable();
        for (var i = 0; i < 100; i++)
        {
            sent["key" + i] = i;
        }

        var received = Codec.RoundTrip(sent);
        Assert.Equal(sent.Keys.Cast<string>(), Codec.Names(received));
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(i, Codec.Get(received, "key" + i)));
    }

    [Fact]
    public void Empty_maps_come_back_empty()
    {
        Assert.Empty(Codec.Names(Codec.RoundTrip(new Hashtable())));
        Assert.Empty(Codec.Names(Codec.RoundTrip(new PSObject())));
        Assert.Empty(Assert.IsType<OrderedDictionary>(Codec.RoundTrip(new PSObject(), MapStyle.Hashtable)));
    }

    [Fact]
    public void Keys_that_are_no_texts_become_invariant_texts()
    {
        var sent = new OrderedDictionary { { 1, "a" }, { 1.5, "b" }, { ConsoleColor.Red, "c" }, { new DateOnly(2024, 1, 2), "d" }, { true, "e" } };
        Assert.Equal(["1", "1.5", "Red", "01/02/2024", "True"], Codec.Names(Codec.RoundTrip(sent)));
    }

    [Fact]
    public void Maps_that_are_told_apart_come_back_as_what_they_were()
    {
        var differing = new Hashtable(StringComparer.Ordinal) { ["a"] = 1, ["A"] = 2 };
        var sent = Codec.Custom(
            ("table", new Hashtable { [1] = "one", [""] = "empty" }), ("ordered", Codec.Ordered(("z", 1), ("a", differing))), ("$", Codec.Custom(("$", 1))));
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        BodyWriter.Write(sent, output, BodyLimits.Default, MapStyle.Original);
        var received = BodyReader.Read(output.WrittenSpan, BodyEncoding.Json, MapStyle.Original, BodyLimits.Default);
        var table = Assert.IsType<Hashtable>(Codec.Get(received, "table"));
        Assert.Equal(["one", "empty"], new[] { table[1], table[""] });
        var ordered = Assert.IsType<OrderedDictionary>(Codec.Get(received, "ordered"));
        Assert.Equal(["z", "a"], ordered.Keys.Cast<string>());
        Assert.Equal(1, ordered["Z"]);
        var both = Assert.IsType<Hashtable>(ordered["a"]);
        Assert.Equal([1, 2], new[] { both["a"], both["A"] });
        Assert.Equal(1, Codec.Get(Codec.Get(received, "$"), "$"));
    }

    [Fact]
    public void A_map_with_an_empty_key_stays_a_map()
    {
        var sent = Codec.Ordered(("first", 1), ("", Codec.Ordered(("x", 2))), ("last", 3));
        foreach (var style in new[] { MapStyle.PSObject, MapStyle.Hashtable })
        {
            var received = Assert.IsType<OrderedDictionary>(Codec.RoundTrip(sent, style));
            Assert.Equal(["first", "", "last"], received.Keys.Cast<string>());
            Assert.Equal([1, 3], new[] { received["FIRST"], received["last"] });
            var again = Assert.IsType<OrderedDictionary>(Codec.RoundTrip(received, style));
            Assert.Equal(3, again.Count);
        }

        Assert.Equal(2, Codec.Get(Assert.IsType<OrderedDictionary>(Codec.RoundTrip(sent))[""], "x"));
        Assert.Equal(1, Assert.IsType<OrderedDictionary>(Codec.Get(Codec.RoundTrip(Codec.Ordered(("a", new Hashtable { [""] = 1 }))), "a"))[""]);
    }

    [Theory]
    [InlineData("$")]
    [InlineData("v")]
    [InlineData("t")]
    [InlineData("a b")]
    [InlineData("\0\"\\")]
    [InlineData("Grüße 👩‍👧")]
    [InlineData("Length")]
    [InlineData("PSObject")]
    [InlineData("PSTypeNames")]
    [InlineData("PSBase")]
    [InlineData("Keys")]
    public void No_key_is_reserved(string key)
    {
        foreach (var sent in new object[] { Codec.Ordered((key, "value"), ("other", 2)), Codec.Ordered(("other", 2), (key, "value")) })
        {
            var table = Assert.IsType<OrderedDictionary>(Codec.RoundTrip(sent, MapStyle.Hashtable));
            Assert.Equal("value", table[key]);
            Assert.Equal(2, table.Count);

            // Twice, for the second time takes the short way.
            _ = Codec.RoundTrip(sent);
            var received = Codec.RoundTrip(sent);
            Assert.Equal("value", Codec.Get(received, key));
            Assert.Equal(((OrderedDictionary)sent).Keys.Cast<string>(), Codec.Names(received));
            Assert.Equal("value", Codec.Get(Codec.RoundTrip(received), key));
        }
    }

    [Fact]
    public void A_users_map_that_looks_like_a_typed_value_stays_a_map()
    {
        var sent = Codec.Ordered(("$", "datetime"), ("v", "2024-01-01T00:00:00.0000000Z"));
        var received = Codec.RoundTrip(new object[] { sent, Codec.Ordered(("$", sent)) });
        var items = Assert.IsType<object[]>(received);
        Assert.Equal("datetime", Codec.Get(items[0], "$"));
        Assert.Equal("datetime", Codec.Get(Codec.Get(items[1], "$"), "$"));
    }

    [Fact]
    public void The_same_object_at_two_places_is_no_cycle()
    {
        var shared = Codec.Ordered(("x", 1));
        var received = Codec.RoundTrip(Codec.Ordered(("a", shared), ("b", new object[] { shared, shared })));
        Assert.Equal(1, Codec.Get(Codec.Get(received, "a"), "x"));
        Assert.Equal(1, Codec.Get(((object?[])Codec.Get(received, "b")!)[1], "x"));
    }

    [Fact]
    public void Nesting_up_to_the_limit_comes_back()
    {
        object sent = "runtime";
        for (var i = 0; i < 32; i++)
        {
            sent = i % 3 == 0 ? new object[] { sent } : i % 3 == 1 ? Codec.Ordered(("$", sent)) : new Box { Content = sent };
        }

        var received = Codec.RoundTrip(sent);
        for (var i = 31; i >= 0; i--)
        {
            received = i % 3 == 0 ? ((object?[])received!)[0] : Codec.Get(received, i % 3 == 1 ? "$" : "Content");
        }

        Assert.Equal("runtime", received);
    }

    [Fact]
    public void Large_bodies_come_back()
    {
        var sent = Enumerable.Range(0, 100_000).Select(static i => (object)("element " + i)).ToArray();
        Assert.Equal(sent, Codec.RoundTrip(sent));
        var text = new string('ä', 5_000_000);
        Assert.Equal(text, Codec.RoundTrip(text));
    }

    private sealed class Version3D
    {
        public int X { get; } = 1;

        public int Z { get; } = 3;
    }

    private sealed class Box
    {
        public object? Content { get; init; }
    }

    private sealed class OrderedMapWithoutIDictionary : IEnumerable<KeyValuePair<string, object?>>
    {
        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            yield return new("z", 1);
            yield return new("a", "two");
            yield return new("m", null);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
