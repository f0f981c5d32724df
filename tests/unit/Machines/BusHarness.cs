using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Cluster.Machines;
using Cluster.Machines.Server;
using Cluster.Net;

namespace Cluster.UnitTests.Machines;

/// <summary>A server, and connections to it.</summary>
internal sealed class BusHarness : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<NatsBus> _buses = [];

    private BusHarness(NatsServer server, ConcurrentQueue<string> ended)
    {
        Server = server;
        Ended = ended;
    }

    public NatsServer Server { get; }

    public ConcurrentQueue<string> Ended { get; }

    public static async Task<BusHarness> StartAsync(bool useTls = false)
    {
        var ended = new ConcurrentQueue<string>();
        var options = new NatsServerOptions { Address = IPAddress.Loopback, UseTls = useTls, ClusterName = "test" };
        return new BusHarness(await NatsServer.StartAsync(options, ended.Enqueue, CancellationToken.None), ended);
    }

    public MessageBusOptions Options(NatsServerUser user) => new()
    {
        Servers = [Server.LocalAddress],
        UserName = user.Name,
        Password = user.Password,
        CertificatePin = Server.CertificatePin,
        ConnectionName = user.Name,
    };

    public async Task<NatsBus> ConnectAsync(MessageBusOptions options)
    {
        var bus = new NatsBus(options);
        _buses.Add(bus);
        await bus.ConnectAsync(CancellationToken.None);
        return bus;
    }

    public Task<NatsBus> LeaderAsync() => ConnectAsync(Options(Server.Leader));

    public Task<NatsBus> MachineAsync() => ConnectAsync(Options(Server.Machine));

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);

    /// <summary>Waits until something holds; throws when it does not in time.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!holds())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var bus in _buses)
        {
            await bus.DisposeAsync();
        }

        await Server.DisposeAsync();
    }
}
