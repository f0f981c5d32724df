using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Serialization;

namespace Cluster.Worker.Map;

/// <summary>A thread with a runspace that runs items, of one map at a time and one after the other.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing.")]
internal sealed class MapRunner
{
    private const int StackBytes = 16 * 1024 * 1024;

    private readonly object _gate = new();
    private readonly SemaphoreSlim _given = new(0);
    private readonly MapHost _owner;
    private readonly IMapLink _link;
    private readonly ItemStreams _streams;
    private readonly ItemShell _shell;
    private Runspace _runspace = null!;
    private WorkerHost _host = null!;
    private WorkerMap? _assigned;
    private MapBatch? _batch;

    /// <summary>Creates a runner that does nothing yet.</summary>
    /// <param name="owner">The maps.</param>
    /// <param name="link">The way to the master.</param>
    public MapRunner(MapHost owner, IMapLink link)
    {
        _owner = owner;
        _link = link;
        var results = new ResultBuffer(link, _gate);
        Source = new ItemSource(link, results, _gate);
        _streams = new ItemStreams(results, _gate);
        _shell = new ItemShell(Source, _streams);
    }

    /// <summary>Its items.</summary>
    public ItemSource Source { get; }

    /// <summary>Whether its map waits for the end of its pipeline. Under the lock of the maps.</summary>
    public bool IsEngaged { get; set; }

    /// <summary>Opens a runspace on a thread of its own.</summary>
    /// <param name="map">The map that wants it.</param>
    /// <param name="number">Its number among those of the worker.</param>
    public void Start(WorkerMap map, int number) =>
        new Thread(() => RunOnThread(map), StackBytes) { IsBackground = true, Name = $"Cluster items {number}" }.Start();

    /// <summary>Gives it a map, for which it waits.</summary>
    /// <param name="map">The map; null when there will be none.</param>
    public void Assign(WorkerMap? map)
    {
        _assigned = map;
        _given.Release();
    }

    /// <summary>Waits until it is given a map.</summary>
    /// <returns>The map; null when there will be none.</returns>
    public WorkerMap? WaitForMap()
    {
        _given.Wait();
        return _assigned;
    }

    /// <summary>Gives it a batch, for which it waits.</summary>
    /// <param name="batch">The batch; null when it is to leave its map.</param>
    public void Give(MapBatch? batch)
    {
        _batch = batch;
        _given.Release();
    }

    /// <summary>Waits until it is given a batch.</summary>
    /// <returns>The batch; null when it is to leave its map.</returns>
    public MapBatch? WaitForBatch()
    {
        _given.Wait();
        var batch = _batch;
        _batch = null;
        return batch;
    }

    /// <summary>Serves maps on the calling thread, until there will be none.</summary>
    /// <param name="runspace">A runspace of this thread.</param>
    /// <param name="host">Its host.</param>
    /// <param name="wanted">The map that it is wanted for, or null.</param>
    public void Serve(Runspace runspace, WorkerHost host, WorkerMap? wanted)
    {
        _runspace = runspace;
        _host = host;
        host.Redirect(_streams);
        while (_owner.Join(this, wanted) is { } map)
        {
            wanted = null;
            try
            {
                Serve(map);
            }
            finally
            {
                _owner.Leave(this, map);
            }
        }
    }

    /// <summary>Stops what runs, and sends nothing more of it.</summary>
    /// <param name="map">The map of which that holds; null for any.</param>
    public void Stop(WorkerMap? map) => _shell.Stop(map);

    /// <summary>Stops an item that has run for too long.</summary>
    /// <param name="now">The time.</param>
    public void TimeOut(long now) => _shell.TimeOut(now);

    private static ErrorRecord RecordOf(Exception exception) =>
        (exception as IContainsErrorRecord)?.ErrorRecord ?? new ErrorRecord(exception, exception.GetType().Name, ErrorCategory.NotSpecified, null);

    private void RunOnThread(WorkerMap map)
    {
        Runspace runspace;
        var host = new WorkerHost();
        try
        {
            host.Connect(_streams, CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
            runspace = RunspacePreparation.Open(_owner.Session, host);
        }
#pragma warning disable CA1031 // On this thread it would end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_owner.TakeForFailure(map) is { } batch)
            {
                Refuse(batch, Encode(RecordOf(exception)));
            }

            return;
        }

        using (runspace)
        {
            Serve(runspace, host, map);
        }
    }

    private void Serve(WorkerMap map)
    {
        _streams.SetDepth(map.Definition.MaxDepth);
        Source.Serve(map, () => _owner.Next(this, map));
        MapSetup? setup = null;
        try
        {
            setup = new MapSetup(_runspace, map.Definition);
            setup.Run(build => _shell.Invoke(_runspace, build, isItem: false));
            if (_host.TakeExitCode() is { } code and not 0)
            {
                throw new ClusterException(ClusterErrorId.MapNotStarted, ErrorCategory.OperationStopped, $"The initialization script has ended by 'exit {code}'.");
            }
        }
#pragma warning disable CA1031 // Whatever has failed, the map cannot be run here, and its batches are answered by that.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var error = Encode(RecordOf(exception));
            while (_owner.Next(this, map) is { } batch)
            {
                Refuse(batch, error);
                _owner.Disengage(this, map);
            }

            setup?.Undo();
            return;
        }

        while (true)
        {
            if (!Source.HasBatch)
            {
                _owner.Disengage(this, map);
                if (_owner.Next(this, map) is not { } batch)
                {
                    break;
                }

                Source.Begin(batch);
            }

            if (Source.HasBatch)
            {
                RunPipeline(setup);
            }
        }

        setup.Undo();
    }

    /// <summary>
    /// Runs items until there are no more or one of them ends the pipeline. A <c>break</c> or <c>exit</c> outside of all loops ends its own item,
    /// which is well, but for a code other than 0: nobody but the item knows what that means, and it means a failure everywhere.
    /// </summary>
    private void RunPipeline(MapSetup setup)
    {
        ErrorRecord? error = null;
        Source.BeginPipeline();
        try
        {
            _shell.Invoke(_runspace, shell => setup.AddItems(shell, Source), isItem: true);
        }
#pragma warning disable CA1031 // Whatever an item throws is its own failure.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            error = RecordOf(exception);
        }

        if (_host.TakeExitCode() is { } code and not 0)
        {
            error ??= RecordOf(new ClusterException(ClusterErrorId.ItemExited, ErrorCategory.OperationStopped, $"The item has ended by 'exit {code}'."));
        }

        Source.EndPipeline(error is null ? MapItemOutcome.Completed : MapItemOutcome.Failed, error is null ? [] : Encode(error));
    }

    private byte[] Encode(ErrorRecord error)
    {
        var output = new ArrayBufferWriter<byte>();
        StreamRecordCodec.Write(error, output, _streams.Limits);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Answers a batch by the error that keeps its map from being run here.</summary>
    private void Refuse(MapBatch batch, byte[] error)
    {
        var payload = new byte[sizeof(long) + error.Length];
        BinaryPrimitives.WriteInt64LittleEndian(payload, batch.Correlation);
        error.CopyTo(payload, sizeof(long));
        _link.DropBatch(batch.Frame);
        _link.SendControl(ControlKind.MapDone, payload);
    }
}
