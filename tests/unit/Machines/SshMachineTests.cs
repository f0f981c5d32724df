using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Cluster.Machines;
using Cluster.Machines.Ssh;
using static Cluster.UnitTests.Machines.BusHarness;

namespace Cluster.UnitTests.Machines;

[UnsupportedOSPlatform("windows")]
public sealed class SshMachineTests
{
    [SshFact]
    public async Task The_agent_gets_its_ticket_reaches_the_server_and_ends_with_its_input()
    {
        await using var harness = await StartAsync();
        using var daemon = await SshDaemon.StartAsync();
        // What the agent does: reads its ticket, says its arguments, and ends at the end of its input.
        var script = daemon.Script("""read -r ticket; echo "ticket $ticket"; for a in "$@"; do echo "argument $a"; done; while read -r line; do :; done; echo bye > "$0.bye" """);
        var lines = new ConcurrentQueue<string>();
        JoinTicket TicketFor(int port) => new()
        {
            ClusterName = "test",
            Servers = [new Uri($"nats://127.0.0.1:{port}")],
            UserName = harness.Server.Machine.Name,
            Password = harness.Server.Machine.Password,
            LeaderEnds = true,
        };
        var machine = SshMachine.Start(daemon.Options(script), harness.Server.Port, TicketFor, workerCount: 2, lines.Enqueue);
        await using (machine)
        {
            await UntilAsync(() => lines.Any(line => line.StartsWith("argument Import-Module", StringComparison.Ordinal)));
            Assert.Contains("argument Import-Module Cluster -ErrorAction Stop; Join-ClusterMaster -FromStandardInput -WorkerCount 2", lines);
            var ticket = JoinTicket.Parse(lines.Single(line => line.StartsWith("ticket ", StringComparison.Ordinal))[7..]);
            Assert.NotEqual(harness.Server.Port, ticket.Servers[0].Port);
            // This machine is the other one as well: the port that SSH has opened there leads to the server.
            var bus = await harness.ConnectAsync(harness.Options(harness.Server.Machine) with { Servers = ticket.Servers });
            Assert.Null(await bus.AskAsync("cl.test.up.x", Bytes("?"), Patience, CancellationToken.None));
            // SSH waits for those who use the port.
            await bus.DisposeAsync();
            Assert.DoesNotContain(harness.Server.Machine.Password, await File.ReadAllTextAsync($"/proc/{machine.ProcessId}/cmdline"), StringComparison.Ordinal);
        }

        Assert.Equal(0, await machine.Exited);
        Assert.True(File.Exists(script + ".bye"));
    }

    [SshFact]
    public async Task Failures_are_in_the_tail()
    {
        using var daemon = await SshDaemon.StartAsync();
        static JoinTicket NoTicket(int port) => new() { ClusterName = "test", Servers = [new Uri($"nats://127.0.0.1:{port}")] };
        async Task<(int Code, string Tail)> RunAsync(SshMachineOptions options)
        {
            await using var machine = SshMachine.Start(options, 1, NoTicket, workerCount: null, _ => { });
            var code = await machine.Exited.WaitAsync(Patience);
            return (code, string.Join('\n', machine.ErrorTail));
        }

        var noHost = await RunAsync(daemon.Options("/no/such/pwsh"));
        Assert.Equal(127, noHost.Code);
        Assert.Contains("/no/such/pwsh", noHost.Tail, StringComparison.Ordinal);
        var noKey = await RunAsync(daemon.Options("pwsh") with { KeyFilePath = Path.Combine(daemon.Folder, "other") });
        Assert.Equal(255, noKey.Code);
        Assert.Contains("Permission denied", noKey.Tail, StringComparison.Ordinal);
        var noMachine = await RunAsync(daemon.Options("pwsh") with { HostName = "no.such.machine.invalid" });
        Assert.Equal(255, noMachine.Code);
        Assert.Contains("no.such.machine.invalid", noMachine.Tail, StringComparison.Ordinal);
    }

    [SshFact]
    public async Task An_agent_that_does_not_end_is_killed_with_its_connection()
    {
        using var daemon = await SshDaemon.StartAsync();
        var lines = new ConcurrentQueue<string>();
        var script = daemon.Script("echo started; exec sleep 5");
        var machine = SshMachine.Start(daemon.Options(script), 1, port => new JoinTicket { ClusterName = "a", Servers = [new Uri($"nats://a:{port}")] }, null, lines.Enqueue);
        await UntilAsync(() => lines.Contains("started"));
        await machine.DisposeAsync();
        Assert.NotEqual(0, await machine.Exited);
    }
}
