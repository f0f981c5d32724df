using System.Management.Automation;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

/// <summary>The text that an object had for its sender.</summary>
public sealed class ObjectTextTests(PipelineFixture pipeline) : IClassFixture<PipelineFixture>
{
    [Theory]
    [InlineData("[ipaddress] '10.1.2.3'", "10.1.2.3")]
    [InlineData("[System.Text.StringBuilder]::new('abc')", "abc")]
    [InlineData("class Plain { $x = 1 }; [Plain]::new()", "Plain")]
    [InlineData("class Spoken { $x = 1; [string] ToString() { return 'spoken' } }; [Spoken]::new()", "spoken")]
    [InlineData("[mailaddress] 'a@example.org'", "a@example.org")]
    [InlineData("[System.Exception]::new('oh')", "System.Exception: oh")]
    [InlineData("[pscustomobject]@{ PSTypeName = 'My.Type'; a = 1 }", "@{a=1}")]
    [InlineData("[pscustomobject]@{ a = 1 }", "@{a=1}")]
    public void An_objects_text_is_kept_however_often_it_is_forwarded(string script, string text)
    {
        object? value = pipeline.Run(script);
        var texts = Texts();
        Assert.Equal(text, texts[0]);
        for (var hop = 0; hop < 3; hop++)
        {
            value = Codec.RoundTrip(value);
            Assert.Equal(texts, Texts());
            Assert.Equal(text, value!.ToString());
        }

        object[] Texts()
        {
            pipeline.Enter();
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            shell.AddScript("param($o) \"$o\"; [string] $o; '{0}' -f $o; @($o, $o) -join '|'; \"$(@($o))\"").AddArgument(value);
            return [.. shell.Invoke().Select(static r => r.BaseObject)];
        }
    }

    [Fact]
    public void Half_a_character_in_an_objects_text_is_mended()
    {
        pipeline.Enter();
        Assert.Equal("a\uFFFDb", Codec.RoundTrip(new System.Text.StringBuilder("a\uD800b"))!.ToString());
    }

    [Fact]
    public void The_way_to_an_objects_kept_text_is_open()
    {
        var value = new PSObject();
        EngineTypes.KeepText(value, "text");
        Assert.Equal("text", EngineTypes.KeptTextOf(value));
    }
}
