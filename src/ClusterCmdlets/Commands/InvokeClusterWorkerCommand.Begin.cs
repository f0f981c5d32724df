using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Machines.Leader;
using Cluster.Map;
using Cluster.Master;
using Log = Cluster.Map.JobLog;

namespace Cluster.Commands;

/// <content>What is made of the parameters: a pool, a log, a map.</content>
public sealed partial class InvokeClusterWorkerCommand
{
    /// <summary>What the results of one batch may take on their way: there are as many batches as items at once.</summary>
    private const int MaxWindows = 16 * 1024 * 1024;
    private const int MinWindow = 64 * 1024;

    private void Begin()
    {
        CheckLog();
        if (ComputerName.Length > 0 && Master is not null)
        {
            throw MachineParameters.Invalid("-ComputerName starts a pool for this call, and -Master names one that is running. Give one of them.", Master);
        }

        var pool = ComputerName.Length > 0 ? null : Master is null ? MapPool.Find(Masters()) : FindMaster(Master);
        var ownPool = pool is null ? StartPool() : null;
        Log? log = null;
        try
        {
            pool ??= ownPool!;
            MapPool.Check(pool);
            OpenMachines(pool);
            log = JobLog is null ? null : Log.Open(ResolvePath(JobLog), Resume || RetryFailed, RetryFailed);
            var run = StartRun(pool);
            var job = AsJob ? new ClusterJob(ScriptBlock!.ToString(), IncludeInput) : null;
            _execution = new MapExecution(run, Settings(log), (IMapSink?)job ?? this, ownPool);

            // When the pool knows of the map: it may be about to stop its idle workers.
            MapPool.Fill(pool);
            job?.Start(_execution);
            _job = job;
        }
        catch
        {
            log?.Dispose();
            if (ownPool is not null && _execution is null)
            {
#pragma warning disable VSTHRD002 // A kill ends soon, and nothing may be left when the error is reported.
                ownPool.StopAsync(drain: null, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            }

            throw;
        }

        _progress = AsJob ? null : MapProgress.For(this);
    }

    private void CheckLog()
    {
        if ((Resume || RetryFailed) && JobLog is null)
        {
            throw new ClusterException(ClusterErrorId.JobLogInvalid, ErrorCategory.InvalidArgument, "-Resume and -RetryFailed need the file of a -JobLog.");
        }

        if (Resume && RetryFailed)
        {
            throw new ClusterException(
                ClusterErrorId.JobLogInvalid,
                ErrorCategory.InvalidArgument,
                "Give -Resume, which works on everything that has not succeeded, or -RetryFailed, which works on what has failed; not both.");
        }
    }

    private MasterRuntime StartPool()
    {
        if (IsWorker)
        {
            throw new ClusterException(
                ClusterErrorId.NestedMaster,
                ErrorCategory.PermissionDenied,
                "This process is a worker. If it is meant to have workers of its own, start a pool with Start-ClusterMaster -AllowNested.");
        }

        var workers = ThrottleLimit > 0 ? Math.Min(ThrottleLimit, System.Environment.ProcessorCount) : System.Environment.ProcessorCount;
        return MapPool.Start(SessionState, ComputerName.Length == 0 || ComputerName.Any(MachineParameters.IsThisMachine) ? workers : 0);
    }

    /// <summary>A pool for one call may be on other machines: they are there before the first object goes out.</summary>
    private void OpenMachines(MasterRuntime pool)
    {
        if (MachineParameters.ToMachines(ComputerName) is { Count: > 0 } agents)
        {
            OpenMachines(pool, new MachineAccess(new MachineAccessOptions { Agents = agents }));

            // Where one cannot be reached, the others do its part.
            WaitForMachines(pool, agents.Count, ComputerName.Any(MachineParameters.IsThisMachine) ? 0 : 1);
        }
    }

    private MapRun StartRun(MasterRuntime pool)
    {
        var workers = Math.Max(1, pool.Options.WorkerCount);
        var throttle = ThrottleLimit > 0 ? ThrottleLimit : workers;
        var concurrency = (throttle + workers - 1) / workers;
        var timeout = TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : (TimeSpan?)null;
        var definition = new MapBuilder(SessionState)
        {
            ScriptBlock = ScriptBlock!,
            InitializationScript = InitializationScript,
            Arguments = ArgumentList ?? [],
            Functions = Function,
            Modules = ImportModule,
        }.Build(pool.Maps.NextNumber(), concurrency, timeout) with
        {
            ResultWindow = Math.Max(MinWindow, MaxWindows / throttle),
        };
        return new MapRun(pool.Maps, pool.Name, pool, definition.Number, MapBuilder.Encode(definition), concurrency, new MapOptions
        {
            ThrottleLimit = ThrottleLimit > 0 ? ThrottleLimit : null,
            BatchSize = BatchSize > 0 ? BatchSize : null,
            RetryCount = RetryCount,
            ItemTimeout = timeout,
            IsOrdered = Ordered,
            IncludeInput = IncludeInput,
            HoldsOutput = pool.IsOpenToMachines,
            HasNamedBlocks = MapBuilder.HasNamedBlocks(ScriptBlock!),
        });
    }

    private MapSettings Settings(Log? log) => new()
    {
        Halt = Halt,
        HaltAfter = After,
        Log = log,
        Deadline = TotalTimeoutSec > 0 ? Deadline.After(TimeSpan.FromSeconds(TotalTimeoutSec)) : Deadline.Never,
        TotalTimeout = TimeSpan.FromSeconds(TotalTimeoutSec),
    };

    private string ResolvePath(string path) => new LaunchBuilder(SessionState) { Name = string.Empty }.ResolveFile(path, ClusterErrorId.JobLogInvalid);
}
