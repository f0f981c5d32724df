using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Machines.Server;

namespace Cluster.UnitTests.Machines;

public sealed class NatsServerTests
{
    [NatsFact]
    public async Task A_port_in_use_is_told_with_the_end_of_the_log()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        var options = new NatsServerOptions { Address = IPAddress.Loopback, Port = ((IPEndPoint)socket.LocalEndPoint!).Port, ClusterName = "test" };
        var error = await Assert.ThrowsAsync<ClusterException>(() => NatsServer.StartAsync(options, _ => { }, CancellationToken.None));
        Assert.Equal(ClusterErrorId.ServerStartFailed, error.ErrorId);
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    [NatsFact]
    public async Task It_ends_and_leaves_no_files()
    {
        var before = Folders();
        var options = new NatsServerOptions { Address = IPAddress.Loopback, UseTls = true, ClusterName = "test" };
        var server = await NatsServer.StartAsync(options, _ => Assert.Fail("It has ended."), CancellationToken.None);
        Assert.Empty(Folders().Except(before));
        Assert.Equal("tls", server.LocalAddress.Scheme);
        Assert.Equal(64, server.CertificatePin!.Length);
        Assert.DoesNotContain(server.Machine.Password, server.Machine.ToString(), StringComparison.Ordinal);
        await server.DisposeAsync();
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, server.Port));
    }

    [NatsFact]
    public async Task It_ends_when_nobody_holds_its_standard_input()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var user = NatsServerUser.Create("a");
        var options = new NatsServerOptions { Address = IPAddress.Loopback, ClusterName = "test" };
        using var files = ServerFiles.Write(options, 0, certificate: null, user, NatsServerUser.Create("b"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.Configuration));
        await using var run = ServerRun.Start(ProgramPath.Find("nats-server")!, files);
        Assert.NotEqual(0, await run.WaitReadyAsync(BusHarness.Patience, CancellationToken.None));
        Assert.False(run.Exited.IsCompleted);
        // What the system does when the master dies.
        run.CloseInput();
        await run.Exited.WaitAsync(BusHarness.Patience);
        await BusHarness.UntilAsync(() => !Directory.Exists(files.Folder));
    }

    [Fact]
    public async Task A_name_that_would_be_several_subjects_is_refused()
    {
        var options = new NatsServerOptions { Address = IPAddress.Loopback, ClusterName = "a.>" };
        await Assert.ThrowsAsync<ArgumentException>(() => NatsServer.StartAsync(options, _ => { }, CancellationToken.None));
    }

    private static string[] Folders() => Directory.GetDirectories(Path.GetTempPath(), "cluster-server-*");
}
