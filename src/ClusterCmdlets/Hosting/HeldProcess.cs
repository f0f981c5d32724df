using System.ComponentModel;
using System.Diagnostics;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// A program beside the master that lives while its standard input is held: the system closes that when the master dies, however it does.
/// It is in a process group of its own, so that Ctrl+C does not reach it. Its lines are always read. Thread-safe.
/// </summary>
internal sealed class HeldProcess : IAsyncDisposable
{
    private const int TailLines = 30;

    private static readonly TimeSpan EndWait = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly Action<string> _onLine;
    private readonly Queue<string> _tail = new();
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private OutputReader[] _outputs = [];
    private WorkerJobObject? _job;
    private Task<int> _exited = Task.FromResult(0);
    private int _isDisposed;

    private HeldProcess(ProcessStartInfo startInfo, Action<string> onLine)
    {
        _onLine = onLine;
        _process = new Process { StartInfo = startInfo, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _ended.TrySetResult(_process.ExitCode);
    }

    /// <summary>The process id.</summary>
    public int Id { get; private set; }

    /// <summary>Completes with the exit code, when what it wrote has been read.</summary>
    public Task<int> Exited => _exited;

    /// <summary>The last lines that it has written.</summary>
    public IReadOnlyList<string> Tail
    {
        get
        {
            lock (_tail)
            {
                return _tail.ToArray();
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="program">Its full path.</param>
    /// <param name="arguments">Its arguments, passed as they are.</param>
    /// <param name="environment">Variables added to this process's.</param>
    /// <param name="onLine">Called with every line of both output streams, on threads of their own.</param>
    /// <returns>The running process.</returns>
    /// <exception cref="Win32Exception">The system could not start it.</exception>
    public static HeldProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, Action<string> onLine)
    {
        var startInfo = new ProcessStartInfo
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Not the master's folder, which somebody may want to remove.
            WorkingDirectory = Path.GetPathRoot(AppContext.BaseDirectory)!,
        };
        string[] command = [.. OwnGroup(), program, .. arguments];
        startInfo.FileName = command[0];
        foreach (var argument in command.Skip(1))
        {
            startInfo.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            startInfo.Environment[name] = value;
        }

        var held = new HeldProcess(startInfo, onLine);
        try
        {
            held.Begin();
            return held;
        }
        catch
        {
            held.Kill();
            held._job?.Dispose();
            held._process.Dispose();
            throw;
        }
    }

    /// <summary>Writes a line to its standard input, which stays open.</summary>
    /// <param name="line">The line.</param>
    /// <returns>Completes when the system has it, or the process has ended.</returns>
    public async Task WriteLineAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            // It has ended, which Exited tells.
        }
    }

    /// <summary>Closes its standard input, upon which it ends.</summary>
    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            // It has ended.
        }
    }

    /// <summary>Ends it: closes its standard input, waits a moment, and kills what is left of it and its children.</summary>
    /// <returns>Completes when it has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        CloseInput();
        try
        {
            await _exited.WaitAsync(EndWait).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It is killed, as is what it has left behind.
        }

        Kill();
        await _exited.ConfigureAwait(false);
        _process.Dispose();
    }

    /// <summary>Waits for the end, and a moment for what was written: a child in another group may keep the streams open for ever.</summary>
    private async Task<int> WaitAsync()
    {
        var code = await _ended.Task.ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_outputs.Select(output => output.Ended)).WaitAsync(EndWait).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var output in _outputs)
            {
                output.Stop();
            }
        }

        return code;
    }

    /// <summary>Kills it and its group.</summary>
    private void Kill()
    {
        try
        {
            if (Id != 0 && !_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException or IOException)
        {
            // It or one of its children has just ended.
        }

        ProcessGroup.KillMembers(Id);
        _job?.Dispose();
    }

    /// <summary>What a command begins with to run in a group of its own: setsid of Linux, or the Perl that macOS has.</summary>
    private static string[] OwnGroup()
    {
        if (OperatingSystem.IsWindows())
        {
            return [];
        }

        return ProgramPath.Find("setsid") is { } setsid ? [setsid]
            : ProgramPath.Find("perl") is { } perl ? [perl, "-e", "setpgrp(0, 0); exec {$ARGV[0]} @ARGV", "--"]
            : [];
    }

    private void Begin()
    {
        _process.Start();
        Id = _process.Id;
        _job = WorkerJobObject.Contain(_process);
        var encoding = OutputEncoding.Of(_process.StartInfo.Environment);
        _outputs =
        [
            new OutputReader(_process.StandardOutput.BaseStream, encoding, "Cluster stdout", OnLine),
            new OutputReader(_process.StandardError.BaseStream, encoding, "Cluster stderr", OnLine),
        ];
        foreach (var output in _outputs)
        {
            output.Start();
        }

        _exited = WaitAsync();
    }

    private void OnLine(string line)
    {
        lock (_tail)
        {
            _tail.Enqueue(line);
            while (_tail.Count > TailLines)
            {
                _tail.Dequeue();
            }
        }

        _onLine(line);
    }
}
