using Cluster.Contracts;
using Cluster.Master;
using Cluster.UnitTests.Supervision;

namespace Cluster.UnitTests.Master;

/// <summary>The end of a master, when a part of it fails.</summary>
public sealed class MasterStopTests
{
    [Fact]
    public async Task A_directory_that_cannot_be_removed_is_an_event_and_the_error_of_the_stop_which_ends()
    {
        using var directory = new PipeFolder { Error = new IOException("still in use") };
        var runtime = NewMaster("Unlucky", directory);
        var failure = await Assert.ThrowsAsync<ClusterException>(() => StopAsync(runtime));
        Assert.Equal(ClusterErrorId.CleanupFailed, failure.ErrorId);
        Assert.Contains("still in use", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ClusterMasterState.Stopped, runtime.State);
        Assert.NotNull(runtime.Events.TryRead(runtime.Events.Open(), name => name == ClusterEventName.CleanupFailed));

        // One caller is told; for another it has been stopped.
        await StopAsync(runtime);
        directory.Error = null;
    }

    [Fact]
    public async Task Stops_at_once_from_all_sides_are_one()
    {
        using var directory = new PipeFolder();
        var runtime = NewMaster("Often", directory);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => StopAsync(runtime))));
        Assert.Equal(ClusterMasterState.Stopped, runtime.State);
        Assert.Equal(1, directory.Disposals);
    }

    private static MasterRuntime NewMaster(string name, IDisposable directory) =>
        new(SupervisionFixture.Options(name), MasterOwner.Process, directory.Dispose, (_, _, _) => throw new InvalidOperationException());

    private static Task StopAsync(MasterRuntime runtime) =>
        runtime.StopAsync(drain: null, CancellationToken.None).WaitAsync(SupervisionFixture.Patience);

    private sealed class PipeFolder : IDisposable
    {
        private int _disposals;

        public Exception? Error { get; set; }

        public int Disposals => _disposals;

        public void Dispose()
        {
            Interlocked.Increment(ref _disposals);
            if (Error is { } error)
            {
                throw error;
            }
        }
    }
}
