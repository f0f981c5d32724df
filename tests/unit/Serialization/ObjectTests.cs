using System.Collections.Specialized;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

public sealed class ObjectTests(PipelineFixture pipeline) : IClassFixture<PipelineFixture>
{
    [Fact]
    public void A_dotnet_object_comes_back_with_its_properties_and_deserialized_type_names()
    {
        pipeline.Enter();
        var received = Assert.IsType<PSObject>(Codec.RoundTrip(new Derived { Number = 5, Nested = new Derived { Number = 6 } }));
        Assert.Equal("Deserialized." + typeof(Derived).FullName, received.TypeNames[0]);
        Assert.Equal("Deserialized." + typeof(Base).FullName, received.TypeNames[1]);
        Assert.IsType<PSCustomObject>(received.BaseObject);
        Assert.Equal(5, Codec.Get(received, "Number"));
        Assert.Equal(6, Codec.Get(Codec.Get(received, "Nested"), "Number"));
        Assert.Equal("set", Codec.Get(received, "Inherited"));
        Assert.DoesNotContain("WriteOnly", Codec.Names(received));
    }

    [Fact]
    public void A_getter_that_throws_gives_null()
    {
        pipeline.Enter();
        Assert.Null(Codec.Get(Codec.RoundTrip(new Derived()), "Broken"));
    }

    [Fact]
    public void An_object_of_a_PowerShell_class_comes_back_in_the_order_of_its_properties()
    {
        var sent = pipeline.Run("""
            class Point { [int] $Y = 2; [int] $X = 1; hidden [int] $Secret = 3; [string] Name() { return 'p' } }
            [Point]::new()
            """);
        var received = Assert.IsType<PSObject>(Codec.RoundTrip(sent));
        Assert.Equal(["Y", "X"], Codec.Names(received));
        Assert.Equal("Deserialized.Point", received.TypeNames[0]);
    }

    [Fact]
    public void Script_alias_and_note_properties_are_sent_with_their_values()
    {
        var sent = pipeline.Run("""
            $object = [pscustomobject]@{ a = 2 }
            $object.PSObject.Properties.Add([psscriptproperty]::new('twice', { $this.a * 2 }))
            $object.PSObject.Properties.Add([psaliasproperty]::new('other', 'a'))
            $object.PSObject.Properties.Add([psscriptproperty]::new('broken', { throw 'no' }))
            $object.PSObject.Members.Add([psscriptmethod]::new('method', { 1 }))
            $null = $object.PSTypeNames
            $object
            """);
        var received = Codec.RoundTrip(sent);
        Assert.Equal(["a", "twice", "other", "broken"], Codec.Names(received));
        Assert.Equal([2, 4, 2, null], ((PSObject)received!).Properties.Select(static p => p.Value));
    }

    [Fact]
    public void Properties_that_a_type_was_given_later_are_sent_too()
    {
        pipeline.Enter();
        var before = Codec.RoundTrip(Codec.Custom(("a", 1)));
        Assert.Equal(["a"], Codec.Names(before));
        var type = new TypeData("System.Management.Automation.PSCustomObject");
        type.Members.Add("Extra", new ScriptPropertyData("Extra", ScriptBlock.Create("$this.a + 1")));
        using var own = RunspaceFactory.CreateRunspace(ExtendedBy(type));
        own.Open();
        Runspace.DefaultRunspace = own;
        Assert.Equal("""{"a":1,"Extra":2}""", Codec.Json(Codec.Custom(("a", 1))));
        pipeline.Enter();
    }

    private static InitialSessionState ExtendedBy(TypeData type)
    {
        var state = InitialSessionState.CreateDefault2();
        state.Types.Add(new SessionStateTypeEntry(type, isRemove: false));
        return state;
    }

    [Fact]
    public void A_type_name_of_a_custom_object_is_kept_however_often_it_is_forwarded()
    {
        var sent = pipeline.Run("[pscustomobject]@{ PSTypeName = 'My.Type'; a = 1 }");
        for (var hop = 0; hop < 3; hop++)
        {
            sent = Codec.RoundTrip(sent);
            Assert.Equal(
                ["Deserialized.My.Type", "System.Management.Automation.PSCustomObject", "System.Object"],
                ((PSObject)sent!).TypeNames);
            Assert.Equal(["a"], Codec.Names(sent));
        }
    }

    [Fact]
    public void A_received_object_works_in_script()
    {
        var received = Codec.RoundTrip(Codec.RoundTrip(Codec.Ordered(("first", 1), ("second", new object[] { 1, 2 }))));
        pipeline.Enter();
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddScript("""
            param($o)
            $o.first; $o.SECOND.Count; $o.PSObject.Properties.Name -join ','
            $o.first = 5; $o.first
            $o.PSObject.Properties.Remove('first'); $null -eq $o.first
            $o.PSObject.Properties.Add([psnoteproperty]::new('third', 3)); $o.third
            """).AddArgument(received);
        Assert.Equal([1, 2, "first,second", 5, true, 3], shell.Invoke().Select(static r => r.BaseObject));
    }

    [Fact]
    public void A_texts_and_a_dates_added_members_are_dropped()
    {
        var line = PSObject.AsPSObject(new string("a line"));
        line.Properties.Add(new PSNoteProperty("PSPath", "/etc/passwd"));
        line.Properties.Add(new PSNoteProperty("Self", line));
        Assert.Equal("a line", Codec.RoundTrip(line));
        var date = PSObject.AsPSObject(new DateTime(2024, 1, 1));
        date.Properties.Add(new PSNoteProperty("DisplayHint", "Date"));
        Assert.Equal(new DateTime(2024, 1, 1), Codec.RoundTrip(date));
    }

    [Fact]
    public void A_file_comes_with_its_properties_and_its_directory_as_a_path()
    {
        pipeline.Enter();
        var path = Path.Combine(AppContext.BaseDirectory, "ClusterCmdlets.dll");
        var received = Codec.RoundTrip(new object[] { new FileInfo(path), new DirectoryInfo(AppContext.BaseDirectory) });
        var file = ((object?[])received!)[0];
        Assert.Equal(path, Codec.Get(file, "FullName"));
        Assert.Equal("ClusterCmdlets.dll", Codec.Get(file, "Name"));
        Assert.Equal((int)new FileInfo(path).Length, Codec.Get(file, "Length"));
        Assert.Equal(Path.GetDirectoryName(path), Codec.Get(file, "Directory"));
        Assert.Equal("Deserialized.System.IO.FileInfo", ((PSObject)file!).TypeNames[0]);
        Assert.Equal("/", Codec.Get(((object?[])received)[1], "Root") is "/" or @"C:\" ? "/" : "no root");
    }

    [Fact]
    public void A_file_in_a_custom_object_is_an_object_still()
    {
        pipeline.Enter();
        var file = new FileInfo(Path.Combine(AppContext.BaseDirectory, "ClusterCmdlets.dll"));
        Assert.Equal(file.FullName, Codec.Get(Codec.Get(Codec.RoundTrip(Codec.Custom(("File", file))), "File"), "FullName"));
    }

    [Fact]
    public void Objects_of_the_engine_can_be_sent()
    {
        foreach (var script in new[]
        {
            "Get-Command Get-Command", "Get-Module | Select-Object -First 1", "$PSVersionTable", "Get-PSDrive -ErrorAction Ignore | Select-Object -First 1",
            "$Host.Version", "$ExecutionContext.SessionState.Path.CurrentLocation", "[System.Net.IPAddress]::Loopback",
            "[System.Diagnostics.Process]::GetCurrentProcess()", "try { throw 'oh' } catch { $_.Exception }", "$MyInvocation",
        })
        {
            pipeline.Enter();
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            foreach (var result in shell.AddScript(script).Invoke())
            {
                Assert.NotNull(Codec.RoundTrip(result));
            }
        }
    }

    [Fact]
    public void A_property_that_runs_a_script_which_sends_something_does_no_harm()
    {
        pipeline.Enter();
        var received = Codec.RoundTrip(Codec.Ordered(("a", new Sender()), ("b", "after")));
        Assert.Equal("""{"x":1}""", Codec.Get(Codec.Get(received, "a"), "Inner"));
        Assert.Equal("after", Codec.Get(received, "b"));
    }

    [Fact]
    public void A_sender_cannot_have_an_object_taken_for_a_live_one()
    {
        var received = Codec.Parse("""{"$":"object","t":["System.IO.FileInfo"],"v":{"FullName":"x"}}""");
        Assert.Equal("Deserialized.System.IO.FileInfo", Assert.IsType<PSObject>(received).TypeNames[0]);
        Assert.IsType<OrderedDictionary>(Codec.Parse("""{"$":"object","t":["System.IO.FileInfo"],"v":{}}""", MapStyle.Hashtable));
    }

    [Fact]
    public void The_short_ways_into_the_engine_are_open() => Assert.NotNull(EngineTypes.InstanceMembersOf(new PSObject()));

    private abstract class Base
    {
        public string Inherited { get; } = "set";
    }

    private sealed class Derived : Base
    {
        private int _written;

        public int Number { get; init; }

        public Derived? Nested { get; init; }

        public int WriteOnly
        {
            set => _written = value;
        }

        public int Broken => throw new InvalidOperationException($"No value for {Number} and {_written}.");
    }

    private sealed class Sender
    {
        private readonly int _x = 1;

        public string Inner => Codec.Json(Codec.Ordered(("x", _x)));
    }
}
