using System.Runtime.CompilerServices;
using Cluster.Logging;

namespace Cluster.UnitTests.Master;

/// <summary>A thread that waits for its next item does not hold the one before.</summary>
public sealed class ThreadsLetGoTests
{
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
