using System.Management.Automation;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

/// <summary>Objects whose own code throws while they are read.</summary>
public sealed class UnreadableMemberTests(PipelineFixture pipeline) : IClassFixture<PipelineFixture>
{
    [Theory]
    [InlineData("$o.PSObject.Properties.Add([psaliasproperty]::new('broken', 'nothing'))")]
    [InlineData("$o.PSObject.Properties.Add([psaliasproperty]::new('broken', 'second')); $o.PSObject.Properties.Add([psaliasproperty]::new('second', 'broken'))")]
    [InlineData("$o.PSObject.Properties.Add([psaliasproperty]::new('broken', 'broken'))")]
    [InlineData("$o.PSObject.Properties.Add([psaliasproperty]::new('broken', 'kept', [guid]))")]
    [InlineData("$o.PSObject.Properties.Add([psscriptproperty]::new('broken', { throw 'no' }))")]
    [InlineData("$o.PSObject.Properties.Add([psscriptproperty]::new('broken', { Get-Command no-such-command -ErrorAction Stop }))")]
    [InlineData("$o.PSObject.Properties.Add([psscriptproperty]::new('broken', { $null.Method() }))")]
    [InlineData("$o.PSObject.Properties.Add([psscriptproperty]::new('broken', { [scriptblock]::Create('}{').Invoke() }))")]
    [InlineData("$o.PSObject.Properties.Add([System.Management.Automation.PSCodeProperty]::new('broken', [Cluster.UnitTests.Serialization.UnreadableMemberTests].GetMethod('Throw')))")]
    [InlineData("$o.PSObject.Properties.Add([psvariableproperty]::new([psvariable]::new('broken')))")]
    public void A_property_that_cannot_be_read_is_null_and_the_others_are_sent(string script)
    {
        var sent = pipeline.Run($"$o = [pscustomobject]@{{ kept = 1 }}; {script}; $o.PSObject.Properties.Add([psnoteproperty]::new('last', 2)); $o");
        var received = Codec.RoundTrip(new object?[] { sent, "next" });
        var first = ((object?[])received!)[0];
        Assert.Equal(1, Codec.Get(first, "kept"));
        Assert.Equal(2, Codec.Get(first, "last"));
        Assert.Null(Codec.Get(first, "broken"));
        Assert.Equal("next", ((object?[])received)[1]);
    }

    public static object Throw(PSObject self) => throw new InvalidOperationException($"No value for {self.TypeNames.Count}.");

    [Fact]
    public void An_object_with_an_indexer_or_a_text_that_throws_is_sent()
    {
        pipeline.Enter();
        var received = Codec.RoundTrip(new Awkward());
        Assert.Equal(["Number"], Codec.Names(received));
        Assert.Equal(typeof(Awkward).FullName, received!.ToString());
    }

    [Fact]
    public void What_else_throws_is_an_error_with_its_path()
    {
        var error = Codec.Refused(Codec.Ordered(("a", new object[] { new Rude() })));
        Assert.Equal(BodyRefusal.Unreadable, error.Reason);
        Assert.StartsWith("$.a[0]", error.Path, StringComparison.Ordinal);
        Assert.Contains("rude", error.Message, StringComparison.Ordinal);
    }

    private sealed class Awkward
    {
        public int Number { get; } = 1;

        public int this[int index] => throw new InvalidOperationException($"No item {index} of {Number}.");

        public override string ToString() => throw new InvalidOperationException($"No text of {Number}.");
    }

    private sealed class Rude : IEnumerable<int>
    {
        public IEnumerator<int> GetEnumerator() => new Items();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        private sealed class Items : IEnumerator<int>
        {
            public int Current => 0;

            object System.Collections.IEnumerator.Current => Current;

            public bool MoveNext() => false;

            public void Reset()
            {
            }

            public void Dispose() => throw new InvalidOperationException("rude");
        }
    }
}
