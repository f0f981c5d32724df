using Cluster.Contracts;
using Cluster.Master;
using Cluster.UnitTests.Supervision;
using Cluster.Watch;

namespace Cluster.UnitTests.Watch;

/// <summary>The live view of a master whose workers are no processes, on a screen without a terminal.</summary>
public sealed class LiveWatchTests : IAsyncLifetime, IDisposable
{
    /// <summary>Far more than a test waits: only what a test does brings a refresh.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly FakeScreen _screen = new();
    private readonly MasterRuntime _runtime;
    private int _lastProcessId = 1_000_000;
    private Task<WatchSnapshot?> _running = Task.FromResult<WatchSnapshot?>(null);

    public LiveWatchTests()
    {
        _runtime = new MasterRuntime(
            SupervisionFixture.Options("Watched") with { WorkerCount = 2 },
            MasterOwner.Process,
            () => { },
            (host, _, _) => new FakeLifetime(host, new FakeBehavior(), Interlocked.Increment(ref _lastProcessId)));
    }

    public async Task InitializeAsync()
    {
        var workers = new[] { _runtime.Supervisor.Start(), _runtime.Supervisor.Start() };
        await Task.WhenAll(workers.Select(worker => worker.Ready)).WaitAsync(SupervisionFixture.Patience);
        _running = Task.Run(() => new LiveWatch(_runtime, _screen, Never).Run(_stop.Token));
        _screen.Wait(view => view.Snapshot.Ready == 2);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(SupervisionFixture.Patience);
        await _runtime.StopAsync(drain: null, CancellationToken.None).WaitAsync(SupervisionFixture.Patience);
    }

    public void Dispose()
    {
        _screen.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public void Keys_select_a_worker()
    {
        _screen.Press('j');
        Assert.Equal(2, _screen.Wait(view => view.SelectedId != 1).SelectedId);
        _screen.Press(ConsoleKey.DownArrow);
        Assert.Equal(2, _screen.Wait(_ => true).SelectedId);
        _screen.Press(ConsoleKey.UpArrow);
        Assert.Equal(1, _screen.Wait(view => view.SelectedId != 2).SelectedId);
    }

    [Fact]
    public void A_restart_is_asked_for_and_says_what_came_of_it()
    {
        _screen.Press('r');
        Assert.Equal("Restart worker 1? y/n", _screen.Wait(view => view.Status is not null).Status?.Text);
        _screen.Press('x');
        Assert.Equal(WatchStatusKind.Question, _screen.Wait(_ => true).Status?.Kind);
        _screen.Press('y');
        _screen.Wait(view => view.Status?.Text == "Worker 1 is being restarted.");
        _screen.Wait(view => view.Status?.Text == "Worker 1 was replaced by worker 3.");
        _screen.Press('?');
        Assert.True(_screen.Wait(view => view.ShowsKeys && view.Snapshot.Rows.All(row => row.Id != 1)).SelectedId == 3);
    }

    [Fact]
    public void No_is_no()
    {
        _screen.Press('r');
        _screen.Wait(view => view.Status?.Kind == WatchStatusKind.Question);
        _screen.Press('n');
        _screen.Wait(view => view.Status is null);
        _screen.Press('-');
        _screen.Wait(view => view.Status?.Kind == WatchStatusKind.Question);
        _screen.Press(ConsoleKey.Escape);
        _screen.Wait(view => view.Status is null);
        Assert.False(_running.IsCompleted);
        Assert.Equal(2, _runtime.Options.WorkerCount);
        Assert.Equal([1, 2], _runtime.Workers.All().Select(worker => worker.Id));
    }

    [Fact]
    public void Plus_and_minus_change_the_number_of_workers()
    {
        _screen.Press('+');
        _screen.Wait(view => view.Status?.Text == "3 workers.");
        Assert.Equal(3, _runtime.Options.WorkerCount);
        Assert.Equal(3, _runtime.Workers.Live().Count);
        _screen.Wait(view => view.Snapshot.Wanted == 3);
        _screen.Press('-');
        Assert.Equal("From 3 to 2 workers? y/n", _screen.Wait(view => view.Status?.Kind == WatchStatusKind.Question).Status?.Text);
        _screen.Press('y');
        _screen.Wait(view => view.Status?.Text == "2 workers.");
        Assert.Equal(2, _runtime.Workers.Live().Count);
    }

    [Fact]
    public void Two_keys_at_once_are_two_workers()
    {
        _screen.Press('+');
        _screen.Press('+');
        _screen.Wait(view => view.Snapshot.Ready == 4);
        Assert.Equal(4, _runtime.Options.WorkerCount);
    }

    [Fact]
    public void An_error_is_said_and_the_view_goes_on()
    {
        _runtime.Workers.Close();
        _screen.Press('+');
        Assert.Contains("has been stopped", _screen.Wait(view => view.Status?.Kind == WatchStatusKind.Error).Status?.Text, StringComparison.Ordinal);
        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public void Another_size_of_the_terminal_shows_it_again()
    {
        _screen.Resize();
        _screen.Wait(_ => true);
    }

    [Theory]
    [InlineData('q', default(ConsoleKey))]
    [InlineData('\u001b', ConsoleKey.Escape)]
    public async Task Q_and_escape_leave_the_view_and_not_the_workers(char character, ConsoleKey key)
    {
        if (key == default)
        {
            _screen.Press(character);
        }
        else
        {
            _screen.Press(key);
        }

        Assert.Null(await _running.WaitAsync(SupervisionFixture.Patience));
        Assert.Equal(2, _runtime.Workers.Live().Count);
    }

    [Fact]
    public async Task A_cancelled_view_ends_while_a_key_is_at_work()
    {
        _screen.Press('+');
        _screen.Wait(view => view.Status is not null);
        await _stop.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => _running.WaitAsync(SupervisionFixture.Patience));
    }

    [Fact]
    public async Task A_master_that_stops_is_shown_as_stopped_and_ends_the_view()
    {
        await _runtime.StopAsync(drain: null, CancellationToken.None).WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(ClusterMasterState.Stopped, _screen.Wait(view => view.Snapshot.Rows.Count == 0).Snapshot.State);
        var last = await _running.WaitAsync(SupervisionFixture.Patience);
        Assert.Equal(ClusterMasterState.Stopped, last?.State);
        Assert.Contains(last!.Events, happened => happened.Name == ClusterEventName.Exit);
    }
}
