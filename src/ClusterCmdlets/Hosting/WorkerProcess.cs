using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Management.Automation;
using System.Text;
using Cluster.Objects;

namespace Cluster.Hosting;

/// <summary>
/// One process that runs a worker: started with redirected and always drained standard streams, reaped,
/// and killed with its children. Knows nothing of channels. Thread-safe.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>The end of stderr that is kept, in lines.</summary>
    public const int ErrorTailLines = 50;

    private const int MaxLineChars = 8192;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly Action<string, bool> _onLine;
    private readonly Queue<string> _errorTail = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource[] _drained = [NewCompletion(), NewCompletion()];
    private readonly Thread[] _drains;
    private readonly object _usageGate = new();
    private readonly PipeReadiness?[] _readiness = new PipeReadiness?[2];
    private volatile bool _isOver;
    private WorkerJobObject? _job;

    private WorkerProcess(ProcessStartInfo startInfo, Action<string, bool> onLine)
    {
        _onLine = onLine;
        _process = new Process { StartInfo = startInfo, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _exited.TrySetResult(_process.ExitCode);
        _drains =
        [
            new Thread(() => Drain(_process.StandardOutput.BaseStream, isError: false), 256 * 1024) { IsBackground = true, Name = "Cluster stdout" },
            new Thread(() => Drain(_process.StandardError.BaseStream, isError: true), 256 * 1024) { IsBackground = true, Name = "Cluster stderr" },
        ];
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
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
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
            // It may run already: a thread that cannot be started is an OutOfMemoryException.
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
            // It has ended meanwhile, or one of its children has, or the list of processes cannot be read; the group below takes
            // the rest.
        }

        KillLeftBehind();
    }

    /// <summary>Ends the children that a process which has exited left behind.</summary>
    public void KillLeftBehind()
    {
        ProcessGroup.KillMembers(Id);
        _job?.Dispose();
    }

    /// <summary>
    /// Waits until what the process wrote has been read. Bounded: a grandchild in another group may hold the
    /// other end for ever; what it writes after this time is nobody's.
    /// </summary>
    /// <returns>Completes when it has been read or the time is over.</returns>
    public async Task FinishDrainingAsync()
    {
        using var stop = new CancellationTokenSource();
        var drained = Task.WhenAll(_drained.Select(completion => completion.Task));
        await Task.WhenAny(drained, Task.Delay(DrainTime, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        _isOver = true;
        foreach (var readiness in _readiness)
        {
            readiness?.Interrupt();
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
        foreach (var drain in _drains)
        {
            drain.Start();
        }
    }

    private static TaskCompletionSource NewCompletion() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads a stream to its end and closes it. Where the system can be asked, it never blocks in a read, which nothing could end.</summary>
    private void Drain(Stream stream, bool isError)
    {
        var line = new StringBuilder();
        var decoder = Encoding.UTF8.GetDecoder();
        var bytes = new byte[4096];
        var buffer = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        var slot = isError ? 1 : 0;
        using var readiness = stream is PipeStream pipe && !OperatingSystem.IsWindows() ? new PipeReadiness(pipe) : null;
        _readiness[slot] = readiness;
        using (stream)
        {
            try
            {
                int count;
                while (WaitForMore(readiness) && (count = stream.Read(bytes)) > 0)
                {
                    Append(line, buffer.AsSpan(0, decoder.GetChars(bytes.AsSpan(0, count), buffer, flush: false)), isError);
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // The stream is closed when the process object is disposed: the end all the same.
            }

            Append(line, buffer.AsSpan(0, decoder.GetChars([], buffer, flush: true)), isError);
        }

        if (line.Length > 0)
        {
            Publish(line, isError);
        }

        _drained[slot].SetResult();
    }

    /// <summary>Waits until a read will not block.</summary>
    /// <returns>False when nothing is to be read any more.</returns>
    private bool WaitForMore(PipeReadiness? readiness)
    {
        while (!_isOver)
        {
            // It also returns for an interrupt, which says that it is over, and for a signal.
            if (readiness is null || readiness.WaitReadable(Timeout.InfiniteTimeSpan))
            {
                return true;
            }
        }

        return false;
    }

    private void Append(StringBuilder line, ReadOnlySpan<char> text, bool isError)
    {
        foreach (var character in text)
        {
            // A program that never ends its line must not fill the memory.
            if (character != '\n' && line.Length < MaxLineChars)
            {
                line.Append(character);
                continue;
            }

            Publish(line, isError);
            if (character != '\n')
            {
                line.Append(character);
            }
        }
    }

    private void Publish(StringBuilder line, bool isError)
    {
        var text = line.ToString().TrimEnd('\r');
        line.Clear();
        if (isError)
        {
            lock (_errorTail)
            {
                _errorTail.Enqueue(text);
                if (_errorTail.Count > ErrorTailLines)
                {
                    _errorTail.Dequeue();
                }
            }
        }

        _onLine(text, isError);
    }
}
