using System.Runtime.CompilerServices;
using Cluster.Logging;
using Cluster.Messaging;
using Cluster.Transport;
using Cluster.UnitTests.Supervision;

namespace Cluster.UnitTests.Master;

/// <summary>A thread that waits for its next item does not hold the one before.</summary>
public sealed class ThreadsLetGoTests
{
    private static readonly DataHeader Header = new(0, DateTime.UnixEpoch, IsRaw: true);

    [Fact]
    public async Task The_relay_between_siblings()
    {
        await using var fixture = new SupervisionFixture();
        var sender = fixture.Supervisor.Start().Connection;
        var receiver = fixture.Supervisor.Start().Connection;
        using var relay = new SiblingRelay(receiver, (_, _) => { });
        var passed = PassOn(relay, sender, receiver);
        AssertSoonFree(passed);
    }

    [Fact]
    public async Task The_log()
    {
        using var written = new SemaphoreSlim(0);
        await using var log = new MasterLog(_ => new SignallingWriter(written), "begin", _ => { });
        var line = Write(log);
        await written.WaitAsync(TimeSpan.FromSeconds(30));
        await written.WaitAsync(TimeSpan.FromSeconds(30));
        AssertSoonFree(line);
    }

    /// <summary>The thread may still be on its way from the last item to its wait.</summary>
    private static void AssertSoonFree(WeakReference item) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            GC.Collect();
            return !item.IsAlive;
        },
        TimeSpan.FromSeconds(10)));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference PassOn(SiblingRelay relay, WorkerConnection sender, WorkerConnection receiver)
    {
        var body = new byte[1000];
        relay.Add(sender, new Frame(FrameKind.Message, Header with { Peer = 2 }, body));
        Assert.True(SpinWait.SpinUntil(() => receiver.Sent == 1, TimeSpan.FromSeconds(30)));
        return new WeakReference(body);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Write(MasterLog log)
    {
        var line = new string('x', 1000);
        log.Add(new Cluster.UnitTests.Logging.FakeSource(0), line, isError: false);
        return new WeakReference(line);
    }

    private sealed class SignallingWriter(SemaphoreSlim written) : StringWriter
    {
        public override void WriteLine(string? value) => written.Release();

        public override void Write(string? value) => written.Release();
    }
}
