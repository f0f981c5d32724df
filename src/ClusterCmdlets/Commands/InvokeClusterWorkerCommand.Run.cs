using System.Management.Automation;
using Cluster.Api;
using Cluster.Contracts;
using Cluster.Map;

namespace Cluster.Commands;

/// <content>The run.</content>
public sealed partial class InvokeClusterWorkerCommand : IMapSink
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private MapExecution? _execution;
    private MapProgress? _progress;
    private ClusterJob? _job;
    private bool _isHandedOut;

    /// <inheritdoc/>
    void IMapSink.WriteOutput(object? value) => WriteObject(value);

    /// <inheritdoc/>
    void IMapSink.WriteRecord(object record) => StreamReplay.Write(this, record);

    /// <inheritdoc/>
    void IMapSink.WriteResult(MapItemResult result)
    {
        if (IncludeInput)
        {
            WriteObject(ClusterItemResult.Of(result));
        }
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            Begin();
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var execution = _execution!;
        try
        {
            while (!_isHandedOut && !execution.Run.HasSpace)
            {
                ReadOrWait(execution);
            }

            execution.Add(InputObject);
            if (_job is not null)
            {
                HandOutIfOver(_job);
                return;
            }

            if (_isHandedOut)
            {
                return;
            }

            execution.ReadArrived();

            if (execution.IsHalted)
            {
                Finish(execution);
            }

            _progress?.ShowIfDue(execution);
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_isHandedOut)
        {
            return;
        }

        if (_job is { } job)
        {
            _execution!.Run.CompleteInput();
            HandOut(job);
            return;
        }

        try
        {
            Finish(_execution!);
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // A job that was not handed out is nobody's.
            _job?.Dispose();
            if (_job is null && !_isHandedOut)
            {
                _execution?.Dispose();
            }

            _progress?.Complete();
        }

        base.Dispose(disposing);
    }

    /// <summary>The job has ended before its input has, by an error or by -Halt: nothing of the rest is wanted.</summary>
    private void HandOutIfOver(ClusterJob job)
    {
        if (job.JobStateInfo.State != JobState.Running)
        {
            HandOut(job);
        }
    }

    private void HandOut(ClusterJob job)
    {
        _job = null;
        _isHandedOut = true;
        JobRepository.Add(job);
        WriteObject(job);
    }

    private void ReadOrWait(MapExecution execution)
    {
        if (_job is not null)
        {
            // The job reads.
            execution.WaitForReader(StopToken);
            return;
        }

        execution.ReadOrWait(ProgressInterval, StopToken);
        _progress?.ShowIfDue(execution);
    }

    private void Finish(MapExecution execution)
    {
        execution.Run.CompleteInput();
        while (!execution.Run.IsFinished)
        {
            ReadOrWait(execution);
        }

        execution.EndStreams(StopToken);
        while (!execution.Run.IsFinished)
        {
            ReadOrWait(execution);
        }

        _progress?.Complete();
        execution.Finish();
    }
}
