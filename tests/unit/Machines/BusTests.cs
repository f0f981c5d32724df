using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Machines;
using static Cluster.UnitTests.Machines.BusHarness;

namespace Cluster.UnitTests.Machines;

public sealed class BusTests
{
    [NatsFact]
    public async Task Messages_arrive_whole_and_in_order()
    {
        await using var harness = await StartAsync();
        var leader = await harness.LeaderAsync();
        var machine = await harness.MachineAsync();
        var received = new ConcurrentQueue<ReadOnlyMemory<byte>>();
        await using var subscription = await leader.SubscribeAsync("cl.test.up.>", message => received.Enqueue(message.Payload));
        const int Count = 20_000;
        for (var number = 0; number < Count; number++)
        {
            machine.Publish("cl.test.up.one", Bytes(number.ToString(CultureInfo.InvariantCulture)));
        }

        var large = new byte[MessageBusOptions.MaxPayload];
        Random.Shared.NextBytes(large);
        machine.Publish("cl.test.up.one", large);
        machine.Publish("cl.test.up.one", ReadOnlyMemory<byte>.Empty);
        await UntilAsync(() => received.Count == Count + 2);
        var all = received.ToArray();
        Assert.Equal(Enumerable.Range(0, Count), all.Take(Count).Select(payload => int.Parse(Text(payload), CultureInfo.InvariantCulture)));
        Assert.True(all[Count].Span.SequenceEqual(large));
        Assert.Equal(0, all[Count + 1].Length);
    }

    [NatsFact]
    public async Task A_slow_reader_loses_nothing()
    {
        await using var harness = await StartAsync();
        var leader = await harness.LeaderAsync();
        var machine = await harness.MachineAsync();
        var received = 0;
        using var first = new ManualResetEventSlim();
        await using var subscription = await leader.SubscribeAsync("cl.test.up.>", _ =>
        {
            if (received++ == 0)
            {
                Assert.True(first.Wait(Patience));
            }
        });
        const int Count = 5_000;
        var payload = new byte[2_000];
        for (var number = 0; number < Count; number++)
        {
            machine.Publish("cl.test.up.one", payload);
        }

        first.Set();
        await UntilAsync(() => Volatile.Read(ref received) == Count);
    }

    [NatsFact]
    public async Task A_handler_that_throws_gets_the_next_message()
    {
        await using var harness = await StartAsync();
        var leader = await harness.LeaderAsync();
        var received = new ConcurrentQueue<string>();
        var failures = new ConcurrentQueue<string>();
        leader.HandlerFailed += exception => failures.Enqueue(exception.Message);
        var subscription = await leader.SubscribeAsync("cl.test.a", message =>
        {
            received.Enqueue(Text(message.Payload));
            throw new InvalidOperationException("on purpose");
        });
        leader.Publish("cl.test.a", Bytes("1"));
        leader.Publish("cl.test.a", Bytes("2"));
        await UntilAsync(() => received.Count == 2);
        await subscription.DisposeAsync();
        leader.Publish("cl.test.a", Bytes("3"));
        Assert.Null(await leader.AskAsync("cl.test.a", Bytes("4"), Patience, CancellationToken.None));
        Assert.Equal(["1", "2"], received);
        Assert.Equal(["on purpose", "on purpose"], failures);
    }

    [NatsFact]
    public async Task A_question_is_answered_or_nobody_listens_or_time_runs_out()
    {
        await using var harness = await StartAsync();
        var leader = await harness.LeaderAsync();
        var machine = await harness.MachineAsync();
        Assert.Null(await leader.AskAsync("cl.test.down.one", Bytes("?"), Patience, CancellationToken.None));
        await using var subscription = await machine.SubscribeAsync("cl.test.down.one", message =>
        {
            if (Text(message.Payload) == "?")
            {
                machine.Publish(message.ReplyTo!, Bytes("!"));
            }
        });
        Assert.Equal("!", Text((await leader.AskAsync("cl.test.down.one", Bytes("?"), Patience, CancellationToken.None))!.Value));
        await Assert.ThrowsAsync<TimeoutException>(
            () => leader.AskAsync("cl.test.down.one", Bytes("silence"), TimeSpan.FromMilliseconds(100), CancellationToken.None));
        using var stop = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader.AskAsync("cl.test.down.one", Bytes("silence"), Patience, stop.Token));
    }

    [NatsFact]
    public async Task A_machine_may_not_send_what_only_the_leader_may()
    {
        await using var harness = await StartAsync();
        var leader = await harness.LeaderAsync();
        var machine = await harness.MachineAsync();
        var refused = new ConcurrentQueue<string>();
        machine.Refused += refused.Enqueue;
        var received = 0;
        await using var subscription = await leader.SubscribeAsync("cl.test.down.>", _ => Interlocked.Increment(ref received));
        machine.Publish("cl.test.down.two", Bytes("launch"));
        await UntilAsync(() => !refused.IsEmpty);
        Assert.Contains("cl.test.down.two", refused.First(), StringComparison.OrdinalIgnoreCase);
        await using var other = await machine.SubscribeAsync("cl.test.up.>", _ => Interlocked.Increment(ref received));
        await UntilAsync(() => refused.Count > 1);
        Assert.True(machine.IsConnected);
        Assert.Equal(0, received);
    }

    [NatsFact]
    public async Task After_the_servers_end_it_is_connected_again_with_its_subscriptions_and_sends_nothing_late()
    {
        await using var harness = await StartAsync();
        var leader = await harness.LeaderAsync();
        var machine = await harness.MachineAsync();
        var received = new ConcurrentQueue<string>();
        await using var subscription = await leader.SubscribeAsync("cl.test.up.>", message => received.Enqueue(Text(message.Payload)));
        var changes = new ConcurrentQueue<bool>();
        machine.ConnectionChanged += changes.Enqueue;
        var port = harness.Server.Port;
        using (var process = System.Diagnostics.Process.GetProcessById(harness.Server.ProcessId))
        {
            process.Kill(entireProcessTree: true);
        }

        await UntilAsync(() => !changes.IsEmpty);
        for (var number = 0; number < 1_000 && !machine.IsConnected; number++)
        {
            machine.Publish("cl.test.up.one", Bytes("late"));
        }

        await UntilAsync(() => machine.IsConnected && leader.IsConnected && changes.Count == 2);
        Assert.Equal([false, true], changes);
        machine.Publish("cl.test.up.one", Bytes("after"));
        await UntilAsync(() => received.Contains("after"));
        Assert.Equal(["after"], received);
        Assert.Single(harness.Ended);
        Assert.Equal(port, harness.Server.Port);
        Assert.Null(machine.LastFailure);
    }

    [NatsFact]
    public async Task A_server_that_does_not_answer_any_more_is_noticed_also_while_much_is_sent()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var harness = await StartAsync();
        var machine = await harness.MachineAsync();
        using var lost = new ManualResetEventSlim();
        machine.ConnectionChanged += isConnected =>
        {
            if (!isConnected)
            {
                lost.Set();
            }
        };
        Signal("STOP", harness.Server.ProcessId);
        var payload = new byte[100_000];
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!lost.IsSet && watch.Elapsed < Patience)
        {
            machine.Publish("cl.test.up.one", payload);
            await Task.Delay(1);
        }

        Signal("CONT", harness.Server.ProcessId);
        Assert.True(lost.IsSet);
        Assert.InRange(watch.Elapsed.TotalSeconds, 2, 9);
        await UntilAsync(() => machine.IsConnected);
    }

    [NatsFact]
    public async Task A_wrong_password_and_a_wrong_pin_are_refused()
    {
        await using var harness = await StartAsync(useTls: true);
        var right = harness.Options(harness.Server.Machine);
        var password = await Assert.ThrowsAsync<ClusterException>(() => harness.ConnectAsync(right with { Password = "wrong" }));
        Assert.Equal(ClusterErrorId.ServerRefused, password.ErrorId);
        Assert.Contains("let this side in", password.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", password.Message, StringComparison.Ordinal);
        var pin = await Assert.ThrowsAsync<ClusterException>(() => harness.ConnectAsync(right with { CertificatePin = new string('0', 64) }));
        Assert.Equal(ClusterErrorId.ServerRefused, pin.ErrorId);
        Assert.Contains("certificate", pin.Message, StringComparison.Ordinal);
        var none = await Assert.ThrowsAsync<ClusterException>(() => harness.ConnectAsync(right with { CertificatePin = null }));
        Assert.Equal(ClusterErrorId.ServerRefused, none.ErrorId);
        var machine = await harness.ConnectAsync(right);
        Assert.True(machine.IsConnected);
        Assert.Null(await machine.AskAsync("cl.test.up.x", Bytes("?"), Patience, CancellationToken.None));
    }

    [NatsFact]
    public async Task Where_TLS_is_wanted_a_server_without_it_is_refused()
    {
        await using var harness = await StartAsync();
        var options = harness.Options(harness.Server.Machine) with { Servers = [new Uri($"tls://127.0.0.1:{harness.Server.Port}")] };
        var error = await Assert.ThrowsAsync<ClusterException>(() => harness.ConnectAsync(options));
        Assert.Equal(ClusterErrorId.ServerRefused, error.ErrorId);
    }

    [Fact]
    public async Task Nobody_there_is_told()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = new Uri($"nats://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}");
        await using var bus = new Cluster.Net.NatsBus(new MessageBusOptions { Servers = [address], ConnectionName = "test" });
        var error = await Assert.ThrowsAsync<ClusterException>(() => bus.ConnectAsync(CancellationToken.None));
        Assert.Equal(ClusterErrorId.ServerUnreachable, error.ErrorId);
        Assert.Contains(address.Authority, error.Message, StringComparison.Ordinal);
        Assert.Contains("refused", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TimeoutException>(() => bus.AskAsync("a", Bytes("?"), Patience, CancellationToken.None));
    }

    [NatsFact]
    public async Task What_was_published_before_the_end_arrives()
    {
        await using var harness = await StartAsync();
        var leader = await harness.LeaderAsync();
        var machine = await harness.MachineAsync();
        var received = 0;
        await using var subscription = await leader.SubscribeAsync("cl.test.up.>", _ => Interlocked.Increment(ref received));
        for (var number = 0; number < 1_000; number++)
        {
            machine.Publish("cl.test.up.one", new byte[10_000]);
        }

        await machine.DisposeAsync();
        Assert.False(machine.IsConnected);
        await UntilAsync(() => received == 1_000);
    }

    private static void Signal(string name, int group)
    {
        using var kill = System.Diagnostics.Process.Start("/bin/kill", ["-" + name, "--", "-" + group.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
