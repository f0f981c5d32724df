using System.Text;
using Cluster.Contracts;
using Cluster.Machines;

namespace Cluster.UnitTests.Machines;

public sealed class TicketTests
{
    private static readonly JoinTicket Whole = new()
    {
        ClusterName = "crew",
        Servers = [new Uri("tls://10.0.0.1:4222"), new Uri("nats://[::1]:4223")],
        UserName = "machine",
        Password = "geheim-ü",
        CertificatePin = new string('A', 64),
        LeaderEnds = true,
    };

    [Fact]
    public void A_ticket_comes_back_as_it_was()
    {
        var text = Whole.ToText();
        Assert.Matches(@"\Acluster1\.[A-Za-z0-9_-]+\z", text);
        AssertWhole(JoinTicket.Parse($"  {text[..40]}\r\n{text[40..]}\n"));
        var least = JoinTicket.Parse(new JoinTicket { ClusterName = "a", Servers = [new Uri("nats://b")] }.ToText());
        Assert.Null(least.UserName);
        Assert.Null(least.Password);
        Assert.Null(least.CertificatePin);
        Assert.False(least.LeaderEnds);
    }

    [Fact]
    public void What_is_shown_has_no_secret()
    {
        Assert.DoesNotContain("geheim", Whole.ToString(), StringComparison.Ordinal);
        Assert.Equal("Ticket of crew at tls://10.0.0.1:4222, nats://[::1]:4223", Whole.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("cluster1.")]
    [InlineData("cluster1.####")]
    [InlineData("cluster1.AAAA")]
    [InlineData("not a ticket")]
    public void Garbage_is_refused(string text) => AssertInvalid(text);

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"name":1,"servers":["nats://a"]}""")]
    [InlineData("""{"name":"","servers":["nats://a"]}""")]
    [InlineData("""{"name":"a"}""")]
    [InlineData("""{"name":"a","servers":[]}""")]
    [InlineData("""{"name":"a","servers":"nats://a"}""")]
    [InlineData("""{"name":"a","servers":[1]}""")]
    [InlineData("""{"name":"a","servers":["http://a"]}""")]
    [InlineData("""{"name":"a","servers":["nats://user:pass@a"]}""")]
    [InlineData("""{"name":"a","servers":["nats://a"],"password":{"a":1}}""")]
    [InlineData("""{"name":"a","servers":["nats://a"],"leaderEnds":"yes"}""")]
    [InlineData("""{"name":"a","servers":[[[[[[1]]]]]]}""")]
    public void Wrong_content_is_refused(string json) => AssertInvalid("cluster1." + Convert.ToBase64String(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Another_version_is_named()
    {
        Assert.Contains("another version", AssertInvalid("cluster2.AAAA").Message, StringComparison.Ordinal);
        AssertInvalid("cluster1." + new string('A', 20_000));
        var text = Whole.ToText();
        for (var length = 0; length < text.Length; length += 7)
        {
            AssertInvalid(text[..length]);
        }
    }

    [Fact]
    public void A_file_is_the_owners_alone()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var path = Path.Combine(folder, "a.ticket");
            File.WriteAllText(path, "an old one");
            Whole.Save(path);
            AssertWhole(JoinTicket.Load(path));
            Assert.Single(Directory.GetFiles(folder));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
                var error = Assert.Throws<ClusterException>(() => JoinTicket.Load(path));
                Assert.Contains("chmod 600", error.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void AssertWhole(JoinTicket ticket)
    {
        Assert.Equal(Whole.ToText(), ticket.ToText());
        Assert.Equal(Whole.Servers, ticket.Servers);
        Assert.Equal((Whole.ClusterName, Whole.UserName, Whole.Password), (ticket.ClusterName, ticket.UserName, ticket.Password));
        Assert.Equal((Whole.CertificatePin, Whole.LeaderEnds), (ticket.CertificatePin, ticket.LeaderEnds));
    }

    private static ClusterException AssertInvalid(string text)
    {
        var error = Assert.Throws<ClusterException>(() => JoinTicket.Parse(text));
        Assert.Equal(ClusterErrorId.TicketInvalid, error.ErrorId);
        return error;
    }
}
