using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Machines.Leader;
using Cluster.Master;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>
/// <para>Starts a master and its workers. Each worker is a process of its own that runs the script; without a script the
/// workers are a pool, which waits for <c>Invoke-ClusterWorker</c>.</para>
/// <para>Returns when every worker is ready. If one fails before that, all are stopped and the command ends with the script's
/// own error.</para>
/// </summary>
/// <remarks>
/// <para>The workers end with the session, however it ends, and so do the processes that they have started.</para>
/// <para>Workers run without a profile and without a terminal. They start in the current directory, with the culture, the
/// module path and the preference variables of the session. In a worker's script, <c>$ClusterWorker</c> holds <c>Id</c>,
/// <c>Slot</c>, <c>MasterProcessId</c>, <c>ClusterName</c> and <c>ArgumentList</c>.</para>
/// <para>Inside a worker the command is an error unless <c>-AllowNested</c> is given, so that a script which forgets
/// <c>Test-ClusterMaster</c> does not start workers without end.</para>
/// </remarks>
/// <seealso cref="InvokeClusterWorkerCommand"/>
/// <seealso cref="SendWorkerMessageCommand"/>
/// <seealso cref="ReceiveWorkerMessageCommand"/>
/// <seealso cref="TestClusterMasterCommand"/>
[Cmdlet(VerbsLifecycle.Start, "ClusterMaster", DefaultParameterSetName = PoolSet)]
[OutputType(typeof(ClusterMaster))]
public sealed partial class StartClusterMasterCommand : MasterSettingsCommand
{
    private const string PathSet = "ScriptPath";
    private const string BlockSet = "ScriptBlock";
    private const string PoolSet = "Pool";

    /// <summary>The script file that every worker runs.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [Alias("Path", "FullName")]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string ScriptPath { get; set; } = string.Empty;

    /// <summary>
    /// The script block that every worker runs. <c>$using:</c> values are taken from the caller when the command is called.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = BlockSet)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>The number of workers. Default: the number of cores that this process may use.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int WorkerCount { get; set; } = System.Environment.ProcessorCount;

    /// <summary>
    /// The master's name, unique among the running masters of the session: at most 200 bytes of UTF-8, without <c>*</c> and
    /// <c>?</c>. It names the folder of the logs, and is what <c>-Master</c> of other commands takes. Default: Cluster1,
    /// Cluster2 and so on.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// Runs once in each worker before the script. An uncaught error, or an <c>exit</c> with a code other than 0, is a failed
    /// start: the script is not run and the worker is not restarted.
    /// </summary>
    [Parameter]
    public ScriptBlock? InitializationScript { get; set; }

    /// <summary>
    /// Modules that each worker imports before anything else: names, or paths relative to the current directory.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string[] ImportModule { get; set; } = [];

    /// <summary>
    /// The program that runs the workers. It must accept the switches of pwsh; a wrapper script must end by replacing itself
    /// with PowerShell, as <c>exec pwsh "$@"</c> does. Default: the program in <c>$env:CLUSTER_HOST</c>, otherwise the
    /// PowerShell that runs this session.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? HostPath { get; set; }

    /// <summary>Arguments for the host, in front of those that the module adds.</summary>
    [Parameter]
    [ValidateNotNull]
    [ValidateNoNulCharacter]
    public string[] HostArgument { get; set; } = [];

    /// <summary>
    /// How long a worker's process may be silent, in seconds, before it is reported as <c>Unresponsive</c> and killed. A busy
    /// script still answers; a suspended process does not. 0 turns the check off; the shortest time is 0.1 s. Default: 30.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateSeconds(0.1, 86_400)]
    public double HeartbeatTimeoutSec { get; set; } = 30;

    /// <summary>
    /// A directory for logs, created if it is missing. In a folder with the master's name, <c>master.jsonl</c> gets what
    /// happens to the workers and <c>slot-0.jsonl</c> and so on what they write to their streams, as lines of JSON. A log
    /// that cannot be written is a warning; no message is lost by it.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? LogPath { get; set; }

    /// <summary>The size at which a log begins its next file, in bytes; the last five files are kept. Default: 10 MiB.</summary>
    [Parameter]
    [ValidateRange(1024L, long.MaxValue)]
    public long LogFileBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>
    /// The number of unread messages, on each channel and in each direction, at which a sender waits. Default: 1,000.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int QueueLimit { get; set; } = MasterOptions.DefaultQueueLimit;

    /// <summary>
    /// The same limit in bytes of message bodies. A message that is larger may still be sent when nothing else is unread.
    /// Default: 16 MiB.
    /// </summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long QueueBytes { get; set; } = MasterOptions.DefaultQueueBytes;

    /// <summary>
    /// Returns at once. A worker that fails to start is then reported by the events <c>Exit</c> and <c>GaveUp</c>.
    /// </summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>Lets a worker start a master of its own.</summary>
    [Parameter]
    public SwitchParameter AllowNested { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            var access = BuildAccess();
            var runtime = MasterRegistry.Create(BuildOptions(), MasterOwner.Of(Runspace.DefaultRunspace));
            if (runtime.LogFailure is { } failure)
            {
                WriteWarning(failure);
            }

            Start(runtime, access);
            WriteObject(ClusterMaster.Of(runtime));
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
    }

    private MasterOptions BuildOptions()
    {
        if (IsWorker && !AllowNested)
        {
            throw new ClusterException(
                ClusterErrorId.NestedMaster,
                ErrorCategory.PermissionDenied,
                "This process is a worker. Use Test-ClusterMaster to tell the roles apart. If a worker is meant to have workers of its own, use -AllowNested.");
        }

        if (Name is not null)
        {
            MasterName.Check(Name);
        }

        var builder = new LaunchBuilder(SessionState)
        {
            Name = Name ?? MasterRegistry.NewName(MasterOwner.Of(Runspace.DefaultRunspace)),
            ScriptPath = ParameterSetName == PathSet ? ScriptPath : null,
            ScriptBlock = ScriptBlock,
            InitializationScript = InitializationScript,
            Arguments = ArgumentList,
            Modules = ImportModule,
            WorkingDirectory = WorkingDirectory,
            ExplicitReady = ExplicitReady,
        };
        var paths = builder.BuildPaths();
        var launch = builder.Build();
        return Apply(new MasterOptions
        {
            Name = launch.ClusterName,
            WorkerCount = LocalWorkerCount,
            Host = new HostSettings
            {
                HostPath = HostLocator.Find(ResolveHost(), SessionState.PSVariable.GetValue("PSHOME")?.ToString()),
                HostArguments = HostArgument,
                Paths = paths,
            },
            Launch = launch,
            LaunchPayload = launch.Encode(),
            Restart = ParameterSetName == PoolSet ? Supervision.RestartPolicy.Pool : Supervision.RestartPolicy.Default,
            QueueLimit = QueueLimit,
            QueueBytes = QueueBytes,
            HeartbeatTimeout = TimeSpan.FromSeconds(HeartbeatTimeoutSec),
            LogPath = LogPath is null ? null : builder.ResolveFile(LogPath, ClusterErrorId.DirectoryNotFound),
            LogFileBytes = LogFileBytes,
        });
    }

    /// <summary>A path is resolved here, where the current location is known; a bare name is looked up on PATH.</summary>
    private string? ResolveHost() =>
        HostPath is not null && HostPath.AsSpan().ContainsAny('/', '\\')
            ? SessionState.Path.GetUnresolvedProviderPathFromPSPath(HostPath)
            : HostPath;

    private void Start(MasterRuntime runtime, MachineAccess? access)
    {
        var isReady = false;
        try
        {
            for (var count = 0; count < LocalWorkerCount; count++)
            {
                runtime.Supervisor.Start();
            }

            if (access is not null)
            {
                Open(runtime, access);
            }

            if (!NoWait)
            {
                AwaitWorkers(runtime, runtime.Workers.All());
            }

            isReady = true;
        }
        finally
        {
            if (!isReady)
            {
                Abandon(runtime);
            }
        }
    }

    private void AwaitWorkers(MasterRuntime runtime, IReadOnlyList<WorkerInstance> workers)
    {
        var progress = PacedProgress.For(this, $"Starting {runtime.Name}");
        var pending = workers.Select(instance => instance.Ready).ToList();
        try
        {
            while (pending.Count > 0)
            {
                var next = Task.WhenAny(pending);
                WaitFor(next, progress, workers.Count, () => workers.Count(instance => instance.Ready.IsCompleted), "are ready");
#pragma warning disable VSTHRD002 // The task has completed.
                next.Result.GetAwaiter().GetResult();
                pending.Remove(next.Result);
#pragma warning restore VSTHRD002
            }
        }
        finally
        {
            progress?.Complete();
        }
    }

    /// <summary>Stops everything. The start's own error is what the user needs; that something is left comes as a warning.</summary>
    private void Abandon(MasterRuntime runtime)
    {
        try
        {
#pragma warning disable VSTHRD002 // A kill ends soon, and nothing may be left when the error is reported.
            runtime.StopAsync(drain: null, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (ClusterException exception)
        {
            WriteWarning(exception.Message);
        }
    }
}
