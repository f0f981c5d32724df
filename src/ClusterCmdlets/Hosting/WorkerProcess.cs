using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using Cluster.Contracts;

namespace Cluster.Hosting;

/// <summary>
/// One process that runs a worker: started with redirected standard streams that are always drained, reaped,
/// and killed with its children. It does not know channels. Thread-safe.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>How many lines of the end of stderr are kept.</summary>
    public const int ErrorTailLines = 50;

    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly Action<string, bool> _onLine;
    private readonly Queue<string> _errorTail = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _usageGate = new();
    private OutputReader[] _outputs = [];
    private WorkerJobObject? _job;

    private WorkerProcess(ProcessStartInfo startInfo, Action<string, bool> onLine)
    {
        _onLine = onLine;
        _process = new Process { StartInfo = startInfo, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _exited.TrySetResult(_process.ExitCode);
    }

    /// <summary>The process id.</summary>
    public int Id { get; private set; }

    /// <summary>Completes with the exit code, as .NET gives it: 128 plus the signal for a killed process.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>The last lines that the process wrote to stderr.</summary>
    public IReadOnlyList<string> ErrorTail
    {
        get
        {
            lock (_errorTail)
            {
                return _errorTail.ToArray();
            }
        }
    }

    /// <summary>Memory in bytes and processor time, or null when the process has ended.</summary>
    public (long WorkingSet, TimeSpan ProcessorTime)? Usage
    {
        get
        {
            try
            {
                // Process is not made for several threads: a refresh takes away what another is reading.
                lock (_usageGate)
                {
                    _process.Refresh();
                    return _process.HasExited ? null : (_process.WorkingSet64, _process.TotalProcessorTime);
                }
            }
            catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
            {
                return null;
            }
        }
    }

    /// <summary>Starts a process.</summary>
    /// <param name="host">The program.</param>
    /// <param name="arguments">Its arguments, passed as they are.</param>
    /// <param name="environment">Variables added to this process's; a null value removes one.</param>
    /// <param name="workingDirectory">The directory it starts in.</param>
    /// <param name="onLine">Called with every line of stdout (false) and stderr (true), on threads of their own.</param>
    /// <returns>The running process.</returns>
    /// <exception cref="ClusterException">The system could not start it.</exception>
    public static WorkerProcess Start(
        string host,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?> environment,
        string workingDirectory,
        Action<string, bool> onLine)
    {
        var startInfo = new ProcessStartInfo(host, arguments)
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            startInfo.Environment[name] = value;
        }

        var worker = new WorkerProcess(startInfo, onLine);
        try
        {
            worker.Begin();
            return worker;
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or InvalidOperationException or OutOfMemoryException)
        {
            // The process may be running: a thread that cannot be started is an OutOfMemoryException.
            worker.Kill();
            worker.Dispose();
            throw new ClusterException(
                ClusterErrorId.HostStartFailed,
                ErrorCategory.ResourceUnavailable,
                string.Create(CultureInfo.InvariantCulture, $"The host '{host}' could not be started: {exception.Message}"),
                host,
                exception);
        }
    }

    /// <summary>Ends the process, its children and its group at once.</summary>
    public void Kill()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException or IOException)
        {
            // It or one of its children has just ended, or the list of processes cannot be read; the rest is killed by its group
            // below.
        }

        KillLeftBehind();
    }

    /// <summary>Ends the children that the exited process left behind.</summary>
    public void KillLeftBehind()
    {
        ProcessGroup.KillMembers(Id);
        _job?.Dispose();
    }

    /// <summary>
    /// Waits until everything that the process wrote has been read. Bounded: a grandchild in another group may keep the
    /// other end open for ever; what it writes after this time is not read.
    /// </summary>
    /// <returns>Completes when it has been read or the time-out has passed.</returns>
    public async Task FinishDrainingAsync()
    {
        using var stop = new CancellationTokenSource();
        var drained = Task.WhenAll(_outputs.Select(output => output.Ended));
        await Task.WhenAny(drained, Task.Delay(DrainTime, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        foreach (var output in _outputs)
        {
            output.Stop();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _job?.Dispose();
        _process.Dispose();
    }

    private void Begin()
    {
        _process.Start();
        Id = _process.Id;
        _job = WorkerJobObject.Contain(_process);
        _process.StandardInput.Close();
        var encoding = OutputEncoding.Of(_process.StartInfo.Environment);
        _outputs =
        [
            new OutputReader(_process.StandardOutput.BaseStream, encoding, "Cluster stdout", line => _onLine(line, false)),
            new OutputReader(_process.StandardError.BaseStream, encoding, "Cluster stderr", OnErrorLine),
        ];
        foreach (var output in _outputs)
        {
            output.Start();
        }
    }

    private void OnErrorLine(string line)
    {
        lock (_errorTail)
        {
            _errorTail.Enqueue(line);
            if (_errorTail.Count > ErrorTailLines)
            {
                _errorTail.Dequeue();
            }
        }

        _onLine(line, true);
    }
}
