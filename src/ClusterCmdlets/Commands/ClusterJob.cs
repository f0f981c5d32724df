using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Contracts;
using Cluster.Map;

namespace Cluster.Commands;

/// <summary>
/// The job of <c>Invoke-ClusterWorker -AsJob</c>, for <c>Receive-Job</c>, <c>Wait-Job</c>, <c>Stop-Job</c> and <c>Remove-Job</c>. A thread of its own
/// puts the results into its streams. Thread-safe.
/// </summary>
[SuppressMessage("Usage", "CA2213", Justification = "A source without a timer holds nothing, and a job may be stopped after its removal.")]
public sealed class ClusterJob : Job, IMapSink
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly bool _includeInput;
    private MapExecution? _execution;
    private Thread? _thread;

    /// <summary>Creates a job that does not run yet.</summary>
    /// <param name="command">What it runs.</param>
    /// <param name="includeInput">Whether results are written with their input.</param>
    internal ClusterJob(string command, bool includeInput)
        : base(command)
    {
        _includeInput = includeInput;
        PSJobTypeName = "ClusterJob";
    }

    /// <inheritdoc/>
    public override bool HasMoreData =>
        Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0 || Debug.Count > 0 || Information.Count > 0 || Progress.Count > 0;

    /// <inheritdoc/>
    public override string Location => System.Environment.MachineName;

    /// <inheritdoc/>
    public override string StatusMessage => _execution is { Run: var run } ? $"{run.Done} of {run.Accepted} done" : string.Empty;

    /// <inheritdoc/>
    public override void StopJob()
    {
        _stop.Cancel();
        if (_thread != Thread.CurrentThread)
        {
            // The engine removes a job of Receive-Job -AutoRemoveJob on the thread that tells of its end.
            _thread?.Join();
        }
    }

    /// <inheritdoc/>
    void IMapSink.WriteOutput(object? value) => Output.Add(value is null ? null! : PSObject.AsPSObject(value));

    /// <inheritdoc/>
    void IMapSink.WriteRecord(object record)
    {
        switch (record)
        {
            case ErrorRecord error:
                Error.Add(error);
                break;
            case WarningRecord warning:
                Warning.Add(warning);
                break;
            case VerboseRecord verbose:
                Verbose.Add(verbose);
                break;
            case DebugRecord debug:
                Debug.Add(debug);
                break;
            case InformationRecord information:
                Information.Add(information);
                break;
            case ProgressRecord progress:
                Progress.Add(progress);
                break;
        }
    }

    /// <inheritdoc/>
    void IMapSink.WriteResult(MapItemResult result)
    {
        if (_includeInput)
        {
            Output.Add(PSObject.AsPSObject(ClusterItemResult.Of(result)));
        }
    }

    /// <summary>Begins to take results.</summary>
    /// <param name="execution">The map, which the job disposes.</param>
    internal void Start(MapExecution execution)
    {
        _execution = execution;
        SetJobState(JobState.Running);
        _thread = new Thread(Run) { IsBackground = true, Name = "Cluster job" };
        _thread.Start();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
        }

        base.Dispose(disposing);
    }

    private void Run()
    {
        var state = JobState.Completed;
        try
        {
            using (_execution)
            {
                Read(_execution!);
            }
        }
        catch (OperationCanceledException)
        {
            state = JobState.Stopped;
        }
#pragma warning disable CA1031 // On this thread it would end the process; whoever receives the job is told.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Error.Add(exception is ClusterException known
                ? PublicTarget.Of(known).ErrorRecord
                : new ErrorRecord(exception, ClusterErrorId.ProtocolError, ErrorCategory.NotSpecified, null));
            state = JobState.Failed;
        }

        SetJobState(state);
    }

    private void Read(MapExecution execution)
    {
        while (!execution.Run.IsFinished && !execution.IsHalted)
        {
            execution.ReadOrWait(Pause, _stop.Token);
        }

        execution.Run.CompleteInput();
        execution.EndStreams(_stop.Token);
        while (!execution.Run.IsFinished)
        {
            execution.ReadOrWait(Pause, _stop.Token);
        }

        execution.Finish();
    }
}
