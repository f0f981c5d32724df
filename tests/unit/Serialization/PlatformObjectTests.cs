using System.Collections;
using System.Management.Automation;
using System.Security;
using Cluster.Serialization;

namespace Cluster.UnitTests.Serialization;

/// <summary>Objects of .NET's and PowerShell's own classes: they refer to each other, and always arrive.</summary>
public sealed class PlatformObjectTests(PipelineFixture pipeline) : IClassFixture<PipelineFixture>
{
    private const string Table =
        "$t = [System.Data.DataTable]::new('T'); $null = $t.Columns.Add('A', [int]); $null = $t.Columns.Add('B'); " +
        "1..3 | ForEach-Object { $null = $t.Rows.Add($_, 'x') }; ";

    public static TheoryData<string> Scripts => new(
        "[regex]::Match('k=v', '(\\w)=(\\w)')",
        "[regex]::Match('k=v', '(\\w)=(\\w)').Groups[1]",
        "[regex]::Match('k=v', '(\\w)=(\\w)').Groups[0].Captures[0]",
        "[System.IO.DirectoryInfo]::new($PSHOME)", "[System.IO.FileInfo]::new([psobject].Assembly.Location)",
        "[System.IO.DriveInfo]::new([System.IO.Path]::GetPathRoot($PSHOME))",
        "[System.Diagnostics.Process]::GetCurrentProcess()", "[System.Diagnostics.Process]::GetCurrentProcess().MainModule",
        Table + "$t.Rows[0]", Table + "$t.DefaultView[0]", Table + "$t.Columns[0]",
        Table + "$s = [System.Data.DataSet]::new('S'); $s.Tables.Add($t); , $s",
        "[cultureinfo]::new('de-DE').TextInfo", "[cultureinfo]::new('de-DE').Calendar", "[cultureinfo]::new('de-DE').DateTimeFormat",
        "[timezoneinfo]::Utc", "try { [int]::Parse('x') } catch { $_.Exception }",
        "[System.AggregateException]::new('all', [exception[]] ([exception]::new('1'), [System.IO.IOException]::new('2', [exception]::new('3'))))",
        "[System.Net.IPEndPoint]::new([ipaddress]::Loopback, 80)", "[ipaddress]::Any", "[mailaddress] 'a@example.org'",
        "[System.Threading.Thread]::CurrentThread", "Get-Command Get-Command", "function f { param($x) }; Get-Command f",
        "(Get-Command Get-Command).Parameters.Name", "(Get-Command Get-Command).ParameterSets[0]", "[psmoduleinfo]::new({ })",
        "$ExecutionContext.SessionState.PSVariable.Get('PSHOME')", "$ExecutionContext.SessionState.PSVariable.Get('Host')",
        "$ExecutionContext.SessionState", "$ExecutionContext.SessionState.Drive.Current", "$ExecutionContext.SessionState.Path.CurrentLocation",
        "$ExecutionContext.SessionState.Drive.Get('Env')", "$ExecutionContext.SessionState.Provider.GetOne('FileSystem')",
        "$ExecutionContext", "$Host", "$MyInvocation", "[runspace]::DefaultRunspace", "[powershell]::Create()", "{ 1 }.Ast",
        "[System.Timers.Timer]::new(100)", "[System.Threading.CancellationTokenSource]::new()", "[System.Diagnostics.Stopwatch]::new()",
        "[System.Net.Http.HttpClient]::new()", "[System.Net.Http.HttpRequestMessage]::new('GET', 'http://example.org/')",
        "[System.IO.MemoryStream]::new()", "[AppDomain]::CurrentDomain", "[System.Security.Cryptography.RSA]::Create()", "[random]::new(1)",
        "[System.Diagnostics.FileVersionInfo]::GetVersionInfo([psobject].Assembly.Location)", "[System.Lazy[int]]::new()");

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Objects_of_dotnet_and_PowerShell_arrive_and_are_cut_where_Start_Job_cuts_them(string script)
    {
        var sent = PSObject.AsPSObject(pipeline.Run(script)!);
        var received = Assert.IsType<PSObject>(Codec.RoundTrip(sent));
        Assert.Equal("Deserialized." + sent.TypeNames[0], received.TypeNames[0]);
        var fromEngine = PSObject.AsPSObject(PSSerializer.Deserialize(PSSerializer.Serialize(sent, 1)));
        if (fromEngine.BaseObject is not PSCustomObject)
        {
            // The engine makes objects of a few classes again; here they are custom objects, too.
            return;
        }

        foreach (var property in received.Properties)
        {
            if (fromEngine.Properties[property.Name]?.Value is string cut
                && LiveValue(sent, property.Name) is { } live
                && PlatformTypes.Contains(live.GetType())
                && live is not (string or DBNull or IEnumerable or ValueType or ErrorRecord or Uri or Version))
            {
                Assert.Equal(TextForm.InsidePlatform(live, new PathTracker()) ?? TextForm.Always(live) ?? cut, property.Value);
            }
        }
    }

    [Fact]
    public void The_matches_of_a_text_arrive_with_their_groups_and_captures_by_text()
    {
        var match = Codec.RoundTrip(pipeline.Run("[regex]::Match('k=v', '(\\w)=(\\w)')"));
        Assert.Equal(["k=v", "k", "v"], (object[])Codec.Get(match, "Groups")!);
        Assert.Equal(["k=v"], (object[])Codec.Get(match, "Captures")!);
        Assert.Equal("k=v", Codec.Get(match, "Value"));
    }

    [Fact]
    public void A_row_names_its_table_and_a_table_arrives_as_its_rows()
    {
        var row = Codec.RoundTrip(pipeline.Run(Table + "$t.Rows[1]"));
        Assert.Equal(2, Codec.Get(row, "A"));
        Assert.Equal("T", Codec.Get(row, "Table"));

        var rows = Assert.IsType<object[]>(Codec.RoundTrip(pipeline.Run(Table + ", $t")));
        Assert.Equal([1, 2, 3], rows.Select(static r => Codec.Get(r, "A")));
        var view = Codec.RoundTrip(pipeline.Run(Table + "$t.DefaultView[1]"));
        Assert.Equal(2, Codec.Get(view, "A"));
    }

    [Theory]
    [InlineData("$t.Rows[0]")]
    [InlineData("$t.DefaultView[0]")]
    [InlineData("$t.Columns[0]")]
    [InlineData("[pscustomobject]@{ row = $t.Rows[0] }")]
    public void What_belongs_to_a_table_does_not_grow_with_it(string script)
    {
        const string More = "1..500 | ForEach-Object { $null = $t.Rows.Add($_, 'y') }; ";
        var alone = Codec.Encode(pipeline.Run(Table + script)).Bytes.Length;
        var among = Codec.Encode(pipeline.Run(Table + More + script)).Bytes.Length;
        Assert.InRange(among, alone - 50, alone + 50);
    }

    [Fact]
    public void Exceptions_arrive_with_the_exceptions_inside_them()
    {
        var received = Codec.RoundTrip(new InvalidOperationException("outer", new IOException("middle", new FormatException("inner"))));
        var middle = Codec.Get(received, "InnerException");
        Assert.Equal("middle", Codec.Get(middle, "Message"));
        Assert.Equal("inner", Codec.Get(Codec.Get(middle, "InnerException"), "Message"));
    }

    [Theory]
    [InlineData("$m = [regex]::Match('a', 'a'); $m = [psobject] $m; $m.PSObject.Properties.Add([psnoteproperty]::new('Extra', ([pscustomobject]@{ deep = @{ file = [System.IO.FileInfo]::new('/x') } }))); $m", "Extra")]
    [InlineData("$m = [regex]::Match('a', 'a'); $m = [psobject] $m; $m.PSObject.Properties.Add([psnoteproperty]::new('Extra', ([regex]::Match('b', 'b')))); $m", "Extra")]
    [InlineData("[System.Tuple]::Create([regex]::Match('b', 'b'))", "Item1")]
    [InlineData("[System.Collections.DictionaryEntry]::new('k', [regex]::Match('b', 'b'))", "Value")]
    public void What_a_user_has_put_into_such_an_object_is_whole(string script, string name)
    {
        var value = Codec.Get(Codec.RoundTrip(pipeline.Run(script)), name);
        Assert.IsType<PSObject>(value is object[] list ? list[0] : value);
    }

    [Fact]
    public void Such_an_object_in_an_object_of_a_users_class_is_described()
    {
        var sent = pipeline.Run("class Holder { $Match = [regex]::Match('k=v', 'k') }; [Holder]::new()");
        Assert.Equal("k", Codec.Get(Codec.Get(Codec.RoundTrip(sent), "Match"), "Value"));
    }

    [Theory]
    [InlineData("class Ring { $Next }; $r = [Ring]::new(); $r.Next = [Ring]::new(); $r.Next.Next = $r; $r", "$.Next.Next")]
    [InlineData("$h = @{}; $h.list = @(1, $h); $h", "$.list[1]")]
    [InlineData("$o = [pscustomobject]@{ me = $null }; $o.me = $o; $o", "$.me")]
    [InlineData("$m = [regex]::Match('a', 'a'); $o = [pscustomobject]@{ m = $m }; $o.m.PSObject.Properties.Add([psnoteproperty]::new('Back', $o)); $o", "$.m.Back")]
    public void A_users_own_cycle_is_still_an_error(string script, string path)
    {
        var error = Codec.Refused(pipeline.Run(script));
        Assert.Equal(BodyRefusal.Cycle, error.Reason);
        Assert.Equal(path, error.Path);
    }

    [Fact]
    public void A_users_own_nesting_is_not_cut()
    {
        var sent = pipeline.Run("class Deep { $Next }; $top = [Deep]::new(); $d = $top; foreach ($i in 1..40) { $d.Next = [Deep]::new(); $d = $d.Next }; $top");
        Assert.Equal(BodyRefusal.TooDeep, Codec.Refused(sent).Reason);
    }

    [Fact]
    public void Secrets_inside_such_an_object_are_left_out_and_a_users_are_refused()
    {
        var drive = Codec.RoundTrip(pipeline.Run("$ExecutionContext.SessionState.Drive.Get('Env')"));
        Assert.Equal("Env", Codec.Get(drive, "Name"));
        Assert.DoesNotContain("Credential", Codec.Names(drive));
        Assert.Equal("Env", Codec.Get(Codec.Get(Codec.RoundTrip(Codec.Custom(("drive", pipeline.Run("$ExecutionContext.SessionState.Drive.Get('Env')")))), "drive"), "Name"));
        var start = Codec.RoundTrip(pipeline.Run("$i = [System.Net.Http.HttpClientHandler]::new(); $i.Credentials = [System.Net.NetworkCredential]::new('u', 'p'); $i"));
        Assert.DoesNotContain("Credentials", Codec.Names(start));

        using var secret = new SecureString();
        Assert.Equal(BodyRefusal.Refused, Codec.Refused(Codec.Custom(("a", pipeline.Run("$ExecutionContext.SessionState.Drive.Get('Env')")), ("b", secret))).Reason);
        Assert.Equal(
            BodyRefusal.Refused,
            Codec.Refused(pipeline.Run("$m = [regex]::Match('a', 'a'); $m = [psobject] $m; $m.PSObject.Properties.Add([psnoteproperty]::new('Key', ([securestring]::new()))); $m")).Reason);
    }

    [Theory]
    [InlineData(typeof(System.Text.RegularExpressions.Match), true)]
    [InlineData(typeof(PSDriveInfo), true)]
    [InlineData(typeof(List<int>), true)]
    [InlineData(typeof(KeyValuePair<string, int>), false)]
    [InlineData(typeof(Tuple<int>), false)]
    [InlineData(typeof(ValueTuple<int>), false)]
    [InlineData(typeof(PlatformObjectTests), false)]
    [InlineData(typeof(Newtonsoft.Json.Linq.JObject), false)]
    [InlineData(typeof(PathTracker), false)]
    public void The_platform_is_dotnet_and_PowerShell(Type type, bool expected) => Assert.Equal(expected, PlatformTypes.Contains(type));

    private static object? LiveValue(PSObject sent, string name)
    {
        try
        {
            return sent.Properties[name]?.Value is { } value ? PSObject.AsPSObject(value).BaseObject : null;
        }
        catch (GetValueException)
        {
            return null;
        }
    }
}
