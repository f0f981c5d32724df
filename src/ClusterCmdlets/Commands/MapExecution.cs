using System.Globalization;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Map;
using Cluster.Master;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>
/// One call of a map from its first item to its last result, whether a command or a job reads it: encodes items, counts failures, keeps the
/// log, and ends the pool that was started for the call. Items are added by one thread, results are read by one.
/// </summary>
internal sealed class MapExecution : IMapSink, IDisposable
{
    private const int FlushMilliseconds = 100;

    private readonly MapRun _run;
    private readonly MapReader _reader;
    private readonly MapSettings _settings;
    private readonly MasterRuntime? _ownPool;
    private readonly IMapSink _output;
    private readonly ItemEncoder _encoder = new();
    private long _index;
    private long _flushedAt;
    private long _failed;
    private bool _isHalted;
    private bool _isPoolStopped;

    /// <summary>Begins.</summary>
    /// <param name="run">The map.</param>
    /// <param name="settings">What the call wants.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="ownPool">The pool that was started for the call; null if it is not the call's to stop.</param>
    public MapExecution(MapRun run, MapSettings settings, IMapSink output, MasterRuntime? ownPool)
    {
        _run = run;
        _settings = settings;
        _output = output;
        _ownPool = ownPool;
        _reader = new MapReader(run, this);
    }

    /// <summary>The map.</summary>
    public MapRun Run => _run;

    /// <summary>Items that have failed.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Whether no more items are wanted.</summary>
    public bool IsHalted => Volatile.Read(ref _isHalted);

    /// <summary>Adds an item, for which there is space. On a pipeline thread: objects may have script properties.</summary>
    /// <param name="input">The item.</param>
    public void Add(object? input)
    {
        var index = _index++;
        try
        {
            var body = _encoder.Encode(input);
            if (_settings.Log is not { } log)
            {
                _run.Add(new MapItem(index, input, body));
                return;
            }

            var hash = JobLog.HashOf(body);
            var item = new MapItem(index, input, body) { Hash = hash };
            if (log.Takes(hash))
            {
                _run.Add(item);
            }
            else
            {
                _run.AddDone(item, error: null);
            }
        }
        catch (ClusterException exception)
        {
            _run.AddDone(new MapItem(index, input, default) { Hash = _settings.Log is null ? null : string.Empty }, exception.ErrorRecord);
        }
    }

    /// <summary>Writes the results that have arrived.</summary>
    /// <exception cref="ClusterException">The map cannot go on.</exception>
    public void ReadArrived()
    {
        while (_reader.Read())
        {
            if (_isHalted && _settings.Halt == MapHalt.Now)
            {
                throw Halted();
            }
        }

        if (_run.Failure is { } failure)
        {
            throw failure;
        }

        FlushLog();
        CheckTime();
    }

    /// <summary>Writes the results that have arrived; if there are none, waits for something to happen.</summary>
    /// <param name="pause">The longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ClusterException">The map cannot go on.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void ReadOrWait(TimeSpan pause, CancellationToken cancellation)
    {
        var seen = _run.Version;
        if (_run.HasArrivals)
        {
            ReadArrived();
            return;
        }

        if (_run.Failure is { } failure)
        {
            throw failure;
        }

        CheckTime();
        FlushLog();
        if (!_run.IsFinished)
        {
            if (!_run.Wait(seen, Deadline.Earlier(_settings.Deadline, Deadline.After(pause)), cancellation))
            {
                _reader.OnQuiet();
            }
        }
    }

    /// <summary>Waits until whoever reads the results has made something happen.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void WaitForReader(CancellationToken cancellation)
    {
        var seen = _run.Version;
        if (!_run.HasSpace)
        {
            _run.Wait(seen, Deadline.Never, cancellation);
        }
    }

    /// <summary>All items are done: workers run their <c>end</c> blocks.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void EndStreams(CancellationToken cancellation)
    {
        if (_run.Options.HasNamedBlocks)
        {
            _run.EndStreams(_settings.Deadline, cancellation);
        }
    }

    /// <summary>The last result has been written.</summary>
    /// <exception cref="ClusterException">The rest was not run, because items have failed.</exception>
    public void Finish()
    {
        if (_run.Failure is { } failure)
        {
            throw failure;
        }

        _reader.WriteRest();
        _run.Dispose();
        _settings.Log?.Dispose();
        if (_ownPool is not null)
        {
            _isPoolStopped = true;
#pragma warning disable VSTHRD002 // Its workers have nothing to do any more.
            _ownPool.StopAsync(WorkerStop.PatientDrain, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }

        if (_isHalted)
        {
            throw Halted();
        }
    }

    /// <summary>Ends what is left: items that run are stopped, and so is the pool that was started for the call.</summary>
    public void Dispose()
    {
        _run.Dispose();
        try
        {
            _settings.Log?.Dispose();
        }
        finally
        {
            if (_ownPool is not null && !_isPoolStopped)
            {
                _isPoolStopped = true;
#pragma warning disable VSTHRD002 // It kills what does not end by itself within a short while.
                _ownPool.EndAsync().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            }
        }
    }

    /// <inheritdoc/>
    void IMapSink.WriteOutput(object? value) => _output.WriteOutput(value);

    /// <inheritdoc/>
    void IMapSink.WriteRecord(object record) => _output.WriteRecord(record);

    /// <inheritdoc/>
    void IMapSink.WriteResult(MapItemResult result)
    {
        // In this order: what is in the log has been written.
        _output.WriteResult(result);
        _settings.Log?.Add(result);
        if (result.Status == MapItemStatus.Succeeded)
        {
            return;
        }

        if (Interlocked.Increment(ref _failed) == _settings.HaltAfter && _settings.Halt != MapHalt.Never)
        {
            Volatile.Write(ref _isHalted, true);
            _run.Halt();
        }
    }

    /// <summary>A process that dies keeps what the system has; more than ten times a second is not worth a call of it.</summary>
    private void FlushLog()
    {
        if (_settings.Log is { } log && Environment.TickCount64 - _flushedAt >= FlushMilliseconds)
        {
            _flushedAt = Environment.TickCount64;
            log.Flush();
        }
    }

    private void CheckTime()
    {
        if (_settings.Deadline.HasPassed)
        {
            throw new ClusterException(
                ClusterErrorId.MapTimeout,
                ErrorCategory.OperationTimeout,
                string.Create(CultureInfo.InvariantCulture, $"The items were not done within {_settings.TotalTimeout.TotalSeconds} s. {_run.Done} of {_run.Accepted} are."));
        }
    }

    private ClusterException Halted() => new(
        ClusterErrorId.MapHalted,
        ErrorCategory.OperationStopped,
        string.Create(CultureInfo.InvariantCulture, $"{Failed} items have failed; -Halt {_settings.Halt} -After {_settings.HaltAfter} has kept the rest from being run."));
}
