using Cluster.Protocol;
using Cluster.Worker.Ports;

namespace Cluster.UnitTests.Worker;

/// <summary>Node's rule: the count goes on while any is open, and begins anew when all are closed.</summary>
public sealed class ListenIndexesTests
{
    private static readonly ListenRequest Request = new(PortProtocol.Tcp, "127.0.0.1", 0);

    [Fact]
    public void Equal_requests_are_counted_and_others_not()
    {
        var indexes = new ListenIndexes();
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(_ => indexes.Next(Request)));
        Assert.Equal(0, indexes.Next(Request with { Port = 80 }));
        Assert.Equal(0, indexes.Next(Request with { Protocol = PortProtocol.Udp }));
        Assert.Equal(0, indexes.Next(Request with { Address = "::" }));
    }

    [Fact]
    public void The_count_begins_anew_when_all_are_closed()
    {
        var indexes = new ListenIndexes();
        indexes.Next(Request);
        indexes.Next(Request);
        indexes.Free(Request with { Index = 0 });
        Assert.Equal(2, indexes.Next(Request));
        indexes.Free(Request with { Index = 1 });
        indexes.Free(Request with { Index = 2 });
        Assert.Equal(0, indexes.Next(Request));
    }
}
