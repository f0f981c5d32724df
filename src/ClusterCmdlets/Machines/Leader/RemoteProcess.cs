using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Machines.Link;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Machines.Leader;

/// <summary>
/// A worker's process on another machine, started by the agent there. Its channel is a stream of the machine's link, so that what goes over it is
/// what goes over a pipe. Thread-safe.
/// </summary>
internal sealed class RemoteProcess : IWorkerLifetime
{
    private readonly Machine _machine;
    private readonly HostSettings _host;
    private readonly Action<string, bool> _onLine;
    private readonly Action<string> _onRejected;
    private readonly TaskCompletionSource<StartedNotice> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ushort> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IReadOnlyList<string> _errorTail = [];
    private volatile UsageNotice? _usage;
    private MachineStream? _stream;

    /// <summary>Prepares a process.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="number">Its number in the session.</param>
    /// <param name="host">How it is started.</param>
    /// <param name="onLine">Called with every line of stdout (false) and stderr (true), on the thread that reads what the agent says.</param>
    /// <param name="onRejected">Called with the reason whenever an unauthenticated client is turned away.</param>
    public RemoteProcess(Machine machine, int number, HostSettings host, Action<string, bool> onLine, Action<string> onRejected)
    {
        _machine = machine;
        Number = number;
        _host = host;
        _onLine = onLine;
        _onRejected = onRejected;
    }

    /// <summary>Its number in the session.</summary>
    public int Number { get; }

    /// <inheritdoc/>
    public int ProcessId => Started?.ProcessId ?? 0;

    /// <inheritdoc/>
    public LaunchPaths Paths => Started?.Paths ?? _host.Paths;

    /// <inheritdoc/>
    public Task<int> Exited => _exited.Task;

    /// <inheritdoc/>
    public IReadOnlyList<string> ErrorTail => _errorTail;

    /// <inheritdoc/>
    /// <remarks>As the agent has told it last, which it does every two seconds.</remarks>
    public (long WorkingSet, TimeSpan ProcessorTime)? Usage =>
        _usage is { } usage && !_exited.Task.IsCompleted ? (usage.WorkingSet, usage.ProcessorTime) : null;

    private StartedNotice? Started =>
#pragma warning disable VSTHRD002 // It has completed.
        _started.Task.IsCompletedSuccessfully ? _started.Task.Result : null;
#pragma warning restore VSTHRD002

    /// <inheritdoc/>
    public async Task StartAsync()
    {
        var script = _host.Paths.ScriptPath;
        var order = new StartOrder
        {
            Worker = Number,
            HostArguments = [.. _host.HostArguments],
            Environment = _host.Environment,
            ScriptName = script is null ? null : Path.GetFileName(script),

            // At each start: a worker that is restarted or reloaded runs what the file says then, as one of this machine does.
            ScriptText = script is null ? null : await File.ReadAllTextAsync(script).ConfigureAwait(false),
            Modules = _host.Paths.Modules,
            WorkingDirectory = _host.Paths.WorkingDirectory,
        };
        _stream = _machine.Begin(this, order);
        await _started.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<WorkerLink> ConnectAsync(CancellationToken cancellation)
    {
        var version = await _connected.Task.WaitAsync(cancellation).ConfigureAwait(false);
        return new WorkerLink(_stream!, _stream!, new FrameReader(_stream!, new FrameTable(), FrameReader.KindSize), version);
    }

    /// <inheritdoc/>
    public void Kill() => _machine.Kill(this);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // Nobody waits for a worker that has never come.
        _connected.TrySetCanceled();
        _machine.Forget(this);
        return _stream is null ? ValueTask.CompletedTask : _stream.DisposeAsync();
    }

    /// <summary>The agent has started it.</summary>
    /// <param name="notice">What it says.</param>
    public void OnStarted(StartedNotice notice) => _started.TrySetResult(notice);

    /// <summary>The worker was let in.</summary>
    /// <param name="version">The version of the protocol that it speaks.</param>
    public void OnConnected(ushort version) => _connected.TrySetResult(version);

    /// <summary>It has ended, or could not be started or let in.</summary>
    /// <param name="notice">What the agent says.</param>
    public void OnEnded(EndedNotice notice)
    {
        _errorTail = notice.ErrorTail;
        var failure = new ClusterException(
            ClusterErrorId.HostStartFailed, ErrorCategory.ResourceUnavailable, $"{_machine.ComputerName}: {notice.Failure ?? "the process has ended."}", _machine.ComputerName);
        Fail(_started, failure);
        if (notice.Failure is not null)
        {
            Fail(_connected, failure);
        }

        // Without a code: the system there could not tell it.
        _exited.TrySetResult(notice.ExitCode ?? -1);
    }

    /// <summary>The machine is gone.</summary>
    /// <param name="failure">Why.</param>
    public void OnLost(ClusterException failure)
    {
        Fail(_started, failure);
        Fail(_connected, failure);
        Fail(_exited, failure);
    }

    /// <summary>It has written a line past its streams.</summary>
    /// <param name="notice">The line.</param>
    public void OnLine(LineNotice notice)
    {
        if (notice.Source == LineSource.Refusal)
        {
            _onRejected(notice.Text);
        }
        else
        {
            _onLine(notice.Text, notice.Source == LineSource.Error);
        }
    }

    /// <summary>What it uses.</summary>
    /// <param name="notice">The figures.</param>
    public void OnUsage(UsageNotice notice) => _usage = notice;

    private static void Fail<T>(TaskCompletionSource<T> source, Exception failure)
    {
        if (source.TrySetException(failure))
        {
            // Perhaps nobody waits for it.
            _ = source.Task.Exception;
        }
    }
}
