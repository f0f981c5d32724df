using System.Collections.Concurrent;
using System.Globalization;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Supervision;

namespace Cluster.Watch;

/// <summary>
/// What keys have started, and what became of it. It goes on when the view ends, owned by the master's supervisor; only the wait
/// for its result is the view's, and ends with it. For the pipeline thread, which waits for nothing of it.
/// </summary>
/// <param name="runtime">The master.</param>
internal sealed class WatchActions(MasterRuntime runtime) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<WatchStatus> _results = [];
    private readonly List<Task> _tasks = [];

    /// <summary>Workers that the master was asked to run, the last key included.</summary>
    public int WorkerCount => runtime.Options.WorkerCount;

    /// <summary>Replaces a worker by a fresh one, as <c>Restart-ClusterWorker</c> does.</summary>
    /// <param name="id">The worker's id.</param>
    public void Restart(int id) => Run(() => RestartAsync(id));

    /// <summary>Changes the number of workers, as <c>Set-ClusterMaster</c> does.</summary>
    /// <param name="count">How many.</param>
    public void Resize(int count) => Run(() => ResizeAsync(count));

    /// <summary>Takes the result of something that has ended.</summary>
    /// <returns>The result; null if nothing more has ended.</returns>
    public WatchStatus? TakeResult() => _results.TryDequeue(out var result) ? result : null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        _end.Dispose();
    }

    private void Run(Func<Task<string>> action)
    {
        _tasks.RemoveAll(task => task.IsCompleted);
        _tasks.Add(ReportAsync(action));
    }

    private async Task ReportAsync(Func<Task<string>> action)
    {
        try
        {
            _results.Enqueue(new WatchStatus(WatchStatusKind.Information, await action().ConfigureAwait(false)));
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
        catch (ClusterException exception)
        {
            _results.Enqueue(new WatchStatus(WatchStatusKind.Error, exception.Message));
        }
    }

    private async Task<string> RestartAsync(int id)
    {
        if (runtime.Workers.Find(id) is not { } worker)
        {
            return Format($"Worker {id} is gone.");
        }

        // Not cancelled with the view: who has answered "y" wants the restart.
        var results = await runtime.RestartAsync([worker], new ReplacementOrder(), CancellationToken.None).WaitAsync(_end.Token).ConfigureAwait(false);
        return results[0] switch
        {
            { Error: { } error } => throw error,
            { Fresh.Id: var fresh } when fresh == id => Format($"Worker {id} was started."),
            { Fresh.Id: var fresh } => Format($"Worker {id} was replaced by worker {fresh}."),
            _ => Format($"Worker {id} was not replaced."),
        };
    }

    private async Task<string> ResizeAsync(int count)
    {
        var (started, stopped) = runtime.Reconfigure(options => options, count, "Changed: WorkerCount.");
        await stopped.WaitAsync(_end.Token).ConfigureAwait(false);
        foreach (var worker in started)
        {
            await worker.Ready.WaitAsync(_end.Token).ConfigureAwait(false);
        }

        return Format($"{count} workers.");
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.CurrentCulture);
}
