using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// A worker's process on this machine and the pipe by which it comes in: it is let in with the token that it was started
/// with, and only from that process. Thread-safe.
/// </summary>
internal sealed class LocalProcess : IWorkerLifetime
{
    private readonly HostSettings _host;
    private readonly Action<string, bool> _onLine;
    private readonly Action<string> _onRejected;
    private readonly byte[] _token = Hello.NewToken();
    private WorkerPipe? _pipe;
    private volatile WorkerProcess? _process;
    private int _isKilled;
    private int _isDisposed;

    /// <summary>Prepares a process.</summary>
    /// <param name="host">How it is started.</param>
    /// <param name="onLine">Called with every line of stdout (false) and stderr (true), on threads of their own.</param>
    /// <param name="onRejected">Called with the reason whenever an unauthenticated client is turned away.</param>
    public LocalProcess(HostSettings host, Action<string, bool> onLine, Action<string> onRejected)
    {
        _host = host;
        _onLine = onLine;
        _onRejected = onRejected;
    }

    /// <inheritdoc/>
    public int ProcessId => _process?.Id ?? 0;

    /// <inheritdoc/>
    public Task<int> Exited => _process?.Exited ?? throw new InvalidOperationException("The process was not started.");

    /// <inheritdoc/>
    public IReadOnlyList<string> ErrorTail => _process?.ErrorTail ?? [];

    /// <inheritdoc/>
    public LaunchPaths Paths => _host.Paths;

    /// <inheritdoc/>
    public (long WorkingSet, TimeSpan ProcessorTime)? Usage => _process?.Usage;

    /// <inheritdoc/>
    public Task StartAsync()
    {
        // The pipe is there before the process: a worker that is refused knows that its master is gone.
        _pipe = new WorkerPipe(_onRejected);
        var process = WorkerProcessFactory.Start(_host, _pipe.Name, _token, _onLine);
        _process = process;

        // A full fence, as in Kill: one of the two sees what the other has written.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isKilled) == 1)
        {
            process.Kill();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<WorkerLink> ConnectAsync(CancellationToken cancellation)
    {
        var (stream, reader, version) = await _pipe!.AcceptAsync(_token, ProcessId, PeerRole.Worker, cancellation).ConfigureAwait(false);
        return new WorkerLink(stream, new PipeReadiness(stream), reader, version);
    }

    /// <inheritdoc/>
    public void Kill()
    {
        // For one that is being started. A second kill tries again: the first may have failed.
        Interlocked.Exchange(ref _isKilled, 1);

        // After the end its id may be that of another process.
        if (_process is { Exited.IsCompleted: false } process && Volatile.Read(ref _isDisposed) == 0)
        {
            process.Kill();
        }
    }

    /// <summary>Ends the pipe and the children that were left behind, and waits until what the process wrote has been read.</summary>
    /// <returns>Completes when nothing is left.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        _pipe?.Dispose();
        if (_process is not null)
        {
            _process.KillLeftBehind();
            await _process.FinishDrainingAsync().ConfigureAwait(false);
            _process.Dispose();
        }
    }
}
