using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Worker;

/// <summary>
/// Runs what a worker was started for, in a runspace of its own on a thread of its own, and tells how it ended.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class ScriptRun
{
    /// <summary>The stack of the pipeline thread, at least that of pwsh, so that recursion goes as deep as there.</summary>
    private const int StackBytes = 16 * 1024 * 1024;

    /// <summary>
    /// A script that has not used the channel is taken to be well after this time. Long enough for a busy
    /// machine to come to an error in the script's first lines, which is to fail the start.
    /// </summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(1);

    private readonly Thread _thread;
    private readonly ManualResetEventSlim _connected = new();
    private readonly WorkerHost _host = new();
    private readonly object _gate = new();
    private WorkerSession _session = null!;
    private Launch _launch = null!;
    private StreamForwarder _streams = null!;
    private PowerShell? _current;
    private bool _isPrepared;
    private Goodbye _goodbye = new(WorkerOutcome.Completed, 0, null);

    /// <summary>Begins: the runspace is opened while the process connects to its master.</summary>
    public ScriptRun()
    {
        // In the background: without a master the process ends, whatever this thread waits for.
        _thread = new Thread(RunOnThread, StackBytes) { IsBackground = true, Name = "Cluster script" };
        _thread.Start();
    }

    /// <summary>Runs to the end of the script.</summary>
    /// <param name="session">The connection to the master.</param>
    /// <returns>How it ended.</returns>
    public Goodbye Run(WorkerSession session)
    {
        _session = session;
        _launch = session.Launch;
        _streams = new StreamForwarder(session);
        _host.Connect(_streams, CultureOf(_launch.Culture), CultureOf(_launch.UICulture));
        using var stop = session.StopToken.Register(StopPipeline);
        _connected.Set();
        _thread.Join();
        return _goodbye;
    }

    /// <summary>The master's culture; the process's own where that does not exist, as in globalization-invariant mode.</summary>
    private static CultureInfo CultureOf(string name)
    {
        try
        {
            return new CultureInfo(name);
        }
        catch (CultureNotFoundException)
        {
            return CultureInfo.CurrentCulture;
        }
    }

    private void RunOnThread()
    {
        try
        {
            using var runspace = WorkerRunspace.Open(_host);
            _connected.Wait();
            WorkerRunspace.Equip(runspace, _session, _host);
            if (Prepare(runspace))
            {
                _isPrepared = true;
                _session.BeginScript();
                RunScript(runspace);
                KeepAlive();
            }

            _goodbye = Judge();
        }
        catch (Exception exception) when (exception is PipelineStoppedException or OperationCanceledException
            || (exception is InvalidPowerShellStateException && _session is { StopToken.IsCancellationRequested: true }))
        {
            // The last is what the engine says of a pipeline that was stopped before it began.
            _goodbye = new Goodbye(WorkerOutcome.Stopped, _host.ExitCode ?? 0, null);
        }
#pragma warning disable CA1031 // On this thread it would end the process with neither its last word nor its error.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _connected.Wait();
            var error = (exception as IContainsErrorRecord)?.ErrorRecord
                ?? new ErrorRecord(exception, ClusterErrorId.WorkerStartFailed, ErrorCategory.NotSpecified, null);
            _goodbye = new Goodbye(_isPrepared ? WorkerOutcome.Failed : WorkerOutcome.NotStarted, 1, error);
            ReportEnd(error);
        }
    }

    /// <summary>Like a server of Node's, an open listener keeps the process alive; <c>exit</c> ends it all the same.</summary>
    private void KeepAlive()
    {
        if (_host.ExitCode is null)
        {
            _session.OnWait();
            _session.KeepAlive.Wait(_session.StopToken);
        }
    }

    private Goodbye Judge()
    {
        var code = _host.ExitCode ?? 0;
        var outcome = _session.StopToken.IsCancellationRequested ? WorkerOutcome.Stopped
            : _isPrepared || code == 0 ? WorkerOutcome.Completed
            : WorkerOutcome.NotStarted;
        return new Goodbye(outcome, code, null);
    }

    private void ReportEnd(ErrorRecord error)
    {
        try
        {
            _streams.WriteRecord(error);
        }
        catch (PipelineStoppedException)
        {
            // The worker was told to stop while nobody read; its last word holds the error.
        }
    }

    /// <summary>Imports modules and runs the initialization script.</summary>
    /// <returns>Whether the script is to be run: not after an <c>exit</c>.</returns>
    private bool Prepare(Runspace runspace)
    {
        RunspacePreparation.Run(_session, build => Invoke(runspace, build));
        return _host.ExitCode is null;
    }

    private void RunScript(Runspace runspace)
    {
        if (_launch.ScriptText is null && _session.Paths.ScriptPath is null)
        {
            // A pool worker waits for work until it drains.
            _session.AnnounceReady();
            _session.Maps.Serve(runspace, _host, _streams);
            return;
        }

        using var settled = new Timer(_ => _session.AnnounceReady(), null, SettleTime, Timeout.InfiniteTimeSpan);
        Invoke(runspace, shell =>
        {
            if (_launch.ScriptText is { } text)
            {
                ShellText.Add(shell, text, _launch.UsingValues, _launch.Arguments);
            }
            else
            {
                ScriptFileCommand.Add(runspace, shell, _session.Paths.ScriptPath!, _launch.Arguments);
            }
        });
    }

    private void Invoke(Runspace runspace, Action<PowerShell> build)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = runspace;
        build(shell);
        lock (_gate)
        {
            if (_session.StopToken.IsCancellationRequested)
            {
                throw new PipelineStoppedException();
            }

            _current = shell;
        }

        try
        {
            _streams.Attach(shell);
            shell.Invoke(null, _streams.Output);
        }
        finally
        {
            lock (_gate)
            {
                _current = null;
            }
        }
    }

    private void StopPipeline()
    {
        lock (_gate)
        {
            // Nobody waits for its end: the pipeline thread learns of the stop by its exception.
            _current?.BeginStop(null, null);
        }
    }
}
