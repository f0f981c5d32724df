using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

public sealed class RefusalTests(PipelineFixture pipeline) : IClassFixture<PipelineFixture>
{
    [Fact]
    public void A_cycle_of_hashtables_is_an_error_that_names_the_path()
    {
        var table = Codec.Ordered(("a", 1));
        table["list"] = new object[] { 1, table };
        Expect(BodyRefusal.Cycle, "$.list[1]", table);
    }

    [Fact]
    public void A_cycle_of_custom_objects_lists_and_instances_is_an_error_that_names_the_path()
    {
        pipeline.Enter();
        var custom = Codec.Custom(("name", "x"));
        custom.Properties.Add(new PSNoteProperty("odd name", custom));
        Expect(BodyRefusal.Cycle, "$['odd name']", custom);

        var list = new ArrayList();
        list.Add(PSObject.AsPSObject(list));
        Expect(BodyRefusal.Cycle, "$[0]", list);

        var node = new Node();
        node.Next = new Node { Next = node };
        Expect(BodyRefusal.Cycle, "$.Next.Next", node);
    }

    [Fact]
    public void Nesting_over_the_limit_is_an_error_that_names_the_path()
    {
        object value = Array.Empty<object>();
        for (var i = 0; i < 32; i++)
        {
            value = new object[] { value };
        }

        Expect(BodyRefusal.TooDeep, "$" + string.Concat(Enumerable.Repeat("[0]", 32)), value);
        Expect(BodyRefusal.TooDeep, "$.a.b", Codec.Ordered(("a", Codec.Ordered(("b", new Hashtable())))), new BodyLimits(maxDepth: 2));
    }

    [Fact]
    public void Objects_that_go_on_for_ever_are_an_error()
    {
        pipeline.Enter();
        Assert.Equal(BodyRefusal.TooDeep, Codec.Refused(new Endless()).Reason);
        Assert.Equal(BodyRefusal.TooLarge, Codec.Refused(Forever(), new BodyLimits(maxBytes: 100_000)).Reason);

        static IEnumerable<int> Forever()
        {
            while (true)
            {
                yield return 1;
            }
        }
    }

    [Fact]
    public void Secrets_are_refused_wherever_they_are()
    {
        pipeline.Enter();
        using var secret = new SecureString();
        Expect(BodyRefusal.Refused, "$", secret);
        Expect(BodyRefusal.Refused, "$[1].key", new object[] { 1, Codec.Custom(("key", PSObject.AsPSObject(secret))) });
        Expect(BodyRefusal.Refused, "$.login", Codec.Ordered(("login", new PSCredential("user", secret))));
        Expect(BodyRefusal.Refused, "$", new NetworkCredential("user", "word"));
        Expect(BodyRefusal.Refused, "$", Task.FromResult(1));
    }

    // Code units, for the test runner's own text format has no half pairs either.
    [Theory]
    [InlineData(new[] { 0xD800 })]
    [InlineData(new[] { 'a', 0xDC00, 'b' })]
    [InlineData(new[] { 0xDC00, 0xD800 })]
    [InlineData(new[] { 0xD83D, 0xDE00, 0xD83D })]
    public void Half_surrogate_pairs_are_refused_in_texts_and_keys(int[] units)
    {
        var text = string.Concat(units.Select(static unit => (char)unit));
        Expect(BodyRefusal.LoneSurrogate, "$", text);
        Expect(BodyRefusal.LoneSurrogate, "$.a[0]", Codec.Ordered(("a", new object[] { PSObject.AsPSObject(text) })));
        Assert.Equal(BodyRefusal.LoneSurrogate, Codec.Refused(Codec.Ordered((text, 1))).Reason);
        Assert.Equal(BodyRefusal.LoneSurrogate, Codec.Refused(Codec.Custom((text, 1))).Reason);
        Expect(BodyRefusal.LoneSurrogate, "$", ScriptBlock.Create("'" + text + "'"));
    }

    [Fact]
    public void A_body_over_the_limit_is_refused()
    {
        var limits = new BodyLimits(maxBytes: 100);
        Assert.Equal(new string('x', 98), Codec.RoundTrip(new string('x', 98), limits: limits));
        Expect(BodyRefusal.TooLarge, "$", new string('x', 99), limits);
        Expect(BodyRefusal.TooLarge, "$", new byte[101], limits);
        Assert.Equal(100, Assert.IsType<byte[]>(Codec.RoundTrip(new byte[100], limits: limits)).Length);
        Assert.Equal(BodyRefusal.TooLarge, Codec.Refused(new string('x', 1_000_000), limits).Reason);
    }

    [Fact]
    public void Keys_that_no_object_could_hold_are_refused()
    {
        var twice = new SortedList(StringComparer.Ordinal) { { "KEY", 1 }, { "key", 2 } };
        Expect(BodyRefusal.DuplicateKey, "$.b.key", Codec.Ordered(("a", 1), ("b", twice)));
        Assert.Equal(BodyRefusal.DuplicateKey, Codec.Refused(new Hashtable { [1] = 1, ["1"] = 2 }).Reason);
        var many = Enumerable.Range(0, 40).ToDictionary(static i => "key" + i);
        many.Add("KEY7", 1);
        Assert.Equal(BodyRefusal.DuplicateKey, Codec.Refused(many).Reason);
    }

    [Fact]
    public void A_collection_that_throws_is_an_error_with_its_reason()
    {
        var error = Codec.Refused(Codec.Ordered(("items", Throwing())));
        Assert.Equal(BodyRefusal.EnumerationFailed, error.Reason);
        Assert.Equal("$.items", error.Path[..7]);
        Assert.Equal("the disk is gone", error.InnerException!.Message);
        Assert.Contains("the disk is gone", error.Message, StringComparison.Ordinal);

        static IEnumerable<int> Throwing()
        {
            yield return 1;
            throw new IOException("the disk is gone");
        }
    }

    [Fact]
    public void After_an_error_the_next_body_is_whole()
    {
        for (var i = 0; i < 3; i++)
        {
            _ = Codec.Refused(new object[] { new object[] { "a", "\uD800" } });
            Assert.Equal("""["b"]""", Codec.Json(new object[] { "b" }));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(BodyLimits.DeepestAllowed + 1, 1)]
    [InlineData(1, 0)]
    public void Limits_that_make_no_sense_are_refused(int depth, int bytes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BodyLimits(depth, bytes));

    private static void Expect(BodyRefusal reason, string path, object value, BodyLimits? limits = null)
    {
        var error = Codec.Refused(value, limits);
        Assert.Equal(reason, error.Reason);
        Assert.Equal(path, error.Path);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    private sealed class Endless
    {
        private readonly int _depth;

        public Endless(int depth = 0) => _depth = depth;

        public Endless Deeper => new(_depth + 1);
    }
}
