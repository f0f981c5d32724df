using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// What a worker runs in, from its start until nothing of it is left: a process of this machine, or something else that can
/// be started, reached and killed. A stop is not here: a worker is asked for it on its channel. Thread-safe.
/// </summary>
internal interface IWorkerLifetime : IAsyncDisposable
{
    /// <summary>The process id; 0 before the start.</summary>
    int ProcessId { get; }

    /// <summary>
    /// Completes with the exit code when it has ended by itself or was killed: 128 plus the signal where a signal ended it.
    /// Asked for after a start that has not failed. Fails with <see cref="Contracts.ClusterErrorId.MachineLost"/> when the machine is gone.
    /// </summary>
    Task<int> Exited { get; }

    /// <summary>The last lines that it wrote to stderr. Kept after the end.</summary>
    IReadOnlyList<string> ErrorTail { get; }

    /// <summary>Memory in bytes and processor time; null when it does not run.</summary>
    (long WorkingSet, TimeSpan ProcessorTime)? Usage { get; }

    /// <summary>Where the worker finds on its machine what it runs. Asked for after the start.</summary>
    LaunchPaths Paths { get; }

    /// <summary>Starts it. Called once.</summary>
    /// <returns>Completes when it runs, before the worker connects; on this machine, when the method returns.</returns>
    /// <exception cref="Contracts.ClusterException">It could not be started.</exception>
    Task StartAsync();

    /// <summary>Waits until the worker has connected and shown who it is. Called once, after the start.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    Task<WorkerLink> ConnectAsync(CancellationToken cancellation);

    /// <summary>Ends it and its children at once. At any time: before its start it ends as soon as it is started.</summary>
    void Kill();
}
