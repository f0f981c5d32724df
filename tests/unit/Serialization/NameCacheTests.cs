using System.Collections.Specialized;
using System.Management.Automation;
using System.Text.Encodings.Web;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

public sealed class NameCacheTests
{
    // Of one length, and with the same characters at the beginning, in the middle and at the end.
    private static readonly string[] Alike =
    [
        .. from first in Enumerable.Range('a', 26)
           from second in Enumerable.Range('a', 26)
           select $"x{(char)first}m{(char)second}z",
    ];

    [Fact]
    public void Names_that_share_a_place_keep_their_own_text()
    {
        var body = Codec.Ordered([.. Alike.Select(static name => (name, (object?)name))]);
        for (var i = 0; i < 3; i++)
        {
            var received = Assert.IsType<OrderedDictionary>(Codec.RoundTrip(body, MapStyle.Hashtable));
            Assert.Equal(Alike, received.Keys.Cast<string>());
            Assert.Equal(Alike, received.Values.Cast<string>());
        }
    }

    [Fact]
    public void Two_names_that_share_a_place_are_both_remembered()
    {
        var names = new EncodedNameCache(JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        for (var i = 0; i < 2; i++)
        {
            foreach (var name in Alike[..2].Where(name => !names.TryGet(name, out _)))
            {
                Assert.Equal(0, i);
                names.Add(name);
            }
        }

        Assert.True(names.TryGet(Alike[1], out var text));
        Assert.Equal(Alike[1], text.ToString());
        Assert.False(names.TryGet(Alike[2], out _));
    }

    [Fact]
    public void Names_that_need_escapes_or_are_long_are_written_as_they_are()
    {
        string[] names = ["quote\"", "tab\t", "back\\slash", "ümlaut", "😀", new string('n', 500), "$"];
        for (var i = 0; i < 2; i++)
        {
            var received = Assert.IsType<PSObject>(Codec.RoundTrip(Codec.Ordered([.. names.Select(static name => (name, (object?)1))])));
            Assert.Equal(names, received.Properties.Select(static property => property.Name));
        }
    }

    [Theory]
    [InlineData("tags", "ok")]
    [InlineData("id", "name")]
    public void The_names_of_two_messages_are_the_same_strings(string one, string other)
    {
        var json = $$"""{"{{one}}":1,"{{other}}":2}""";
        var first = Assert.IsType<PSObject>(Codec.Parse(json));
        var second = Assert.IsType<PSObject>(Codec.Parse(json));
        foreach (var name in (string[])[one, other])
        {
            Assert.Same(first.Properties[name].Name, second.Properties[name].Name);
        }
    }
}
