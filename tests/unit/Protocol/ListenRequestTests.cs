using System.Management.Automation;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Protocol;

public sealed class ListenRequestTests
{
    private static readonly ListenRequest Request = new(PortProtocol.Unix, "/run/web.sock", 0)
    {
        Number = 3, Index = 1, IPv6Only = true, Backlog = 5, Scheduling = ConnectionScheduling.Hash, Exclusive = true, MaxConnections = 0, SocketMode = 432, ReusePort = true, DropsWhenFull = true,
    };

    [Fact]
    public void It_arrives_as_it_was() => Assert.Equal(Request, ListenRequest.Read(Request.Write()));

    [Fact]
    public void What_is_out_of_range_is_refused()
    {
        ListenRequest[] wrong =
        [
            Request with { Protocol = 0 }, Request with { Port = -1 }, Request with { Port = 65536 }, Request with { Backlog = 0 },
            Request with { Scheduling = (ConnectionScheduling)9 }, Request with { MaxConnections = -1 },
        ];
        Assert.All(wrong, request => Assert.Throws<ProtocolException>(() => ListenRequest.Read(request.Write())));
    }

    [Fact]
    public void An_answer_arrives_with_the_systems_code()
    {
        var good = new ListenReply(4, new ListenRequest(PortProtocol.Tcp, "127.0.0.1", 8080), null);
        Assert.Equal(good, ListenReply.Read(good.Write()));
        var cause = new SocketException((int)SocketError.AddressAlreadyInUse);
        var bad = ListenReply.Read(new ListenReply(
            4, null, new ClusterException(ClusterErrorId.AddressInUse, ErrorCategory.ResourceExists, "in use", "127.0.0.1:80", cause)).Write());
        Assert.Null(bad.Bound);
        Assert.Equal((ClusterErrorId.AddressInUse, ErrorCategory.ResourceExists, "in use", "127.0.0.1:80"), (bad.Error!.ErrorId, bad.Error.Category, bad.Error.Message, bad.Error.Target));
        Assert.Equal(SocketError.AddressAlreadyInUse, ((SocketException)bad.Error.InnerException!).SocketErrorCode);
    }

    [Theory]
    [InlineData("127.0.0.1", PortProtocol.Tcp, 80, "127.0.0.1:80")]
    [InlineData("::", PortProtocol.Tcp, 80, "[::]:80")]
    [InlineData("::1", PortProtocol.Udp, 53, "udp://[::1]:53")]
    [InlineData("/run/web.sock", PortProtocol.Unix, 0, "/run/web.sock")]
    internal void Ports_have_the_names_that_users_write(string address, PortProtocol protocol, int port, string name) =>
        Assert.Equal(name, PortName.Of(new ListenRequest(protocol, address, port)));
}
