using System.Management.Automation;
using System.Runtime.CompilerServices;
using Cluster.Api;
using Cluster.Contracts;
using Cluster.Logging;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.UnitTests.Master;

/// <summary>A thread that waits for its next item does not hold the one before.</summary>
public sealed class ThreadsLetGoTests
{
    private static readonly DataHeader Header = new(0, DateTime.UnixEpoch, IsRaw: true);

    [Fact]
    public void The_relay_between_siblings()
    {
        var nobody = new Nobody();
        using var sender = new WorkerConnection(new ClusterWorker(1, 0, "test"), ChannelLimits.Default, nobody, nobody);
        using var receiver = new WorkerConnection(new ClusterWorker(2, 1, "test"), ChannelLimits.Default, nobody, nobody);
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

    private sealed class Nobody : IWorkerObserver, IWorkerLife
    {
        public void OnEvent(ClusterEventName name, WorkerInstance? worker, string reason, ErrorRecord? error = null)
        {
        }

        public void OnData(WorkerConnection channel, Frame frame) => throw new NotSupportedException();

        public void OnAnswered(TimeSpan time) => throw new NotSupportedException();

        public void OnMessagesLost(WorkerConnection channel, IReadOnlyList<Frame> messages) => throw new NotSupportedException();

        public void OnSiblingMessage(WorkerConnection sender, Frame frame) => throw new NotSupportedException();

        public void OnAcknowledged(Acknowledgement acknowledgement) => throw new NotSupportedException();

        public void OnLine(WorkerConnection channel, string line, bool isError) => throw new NotSupportedException();

        public void OnOnline() => throw new NotSupportedException();

        public void OnReady() => throw new NotSupportedException();

        public void OnRecord(in Frame frame) => throw new NotSupportedException();

        public void OnQueueFull(string reason) => throw new NotSupportedException();

        public void OnLeave() => throw new NotSupportedException();

        public void OnGoodbye(Goodbye goodbye) => throw new NotSupportedException();

        public void OnChannelClosed(Exception? failure) => throw new NotSupportedException();
    }
}
