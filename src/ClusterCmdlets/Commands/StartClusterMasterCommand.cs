using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>
/// Starts a master and its workers, each a process of its own that runs the script. Returns when every
/// worker is ready. If one fails before that, all are stopped and the script's own error is reported.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "ClusterMaster", DefaultParameterSetName = PoolSet)]
[OutputType(typeof(ClusterMaster))]
public sealed class StartClusterMasterCommand : MasterSettingsCommand
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

    /// <summary>The script block that every worker runs. <c>$using:</c> values are taken from the caller, at this moment.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = BlockSet)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>How many workers. Default: the cores that this process may use.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int WorkerCount { get; set; } = System.Environment.ProcessorCount;

    /// <summary>The master's name, unique among the running ones of the session, at most 200 bytes long, without <c>*</c> and <c>?</c>. Default: Cluster1 and so on.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// Runs once in each worker before the script. An error that nobody catches, or an <c>exit</c> with a code other than 0, is
    /// a failed start: the script is not run and the worker is not restarted.
    /// </summary>
    [Parameter]
    public ScriptBlock? InitializationScript { get; set; }

    /// <summary>Modules that each worker imports first: names, or paths relative to the current directory.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string[] ImportModule { get; set; } = [];

    /// <summary>
    /// The program that runs workers. It must accept the switches of pwsh. A script must end by replacing itself with PowerShell, as
    /// <c>exec pwsh "$@"</c> does.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? HostPath { get; set; }

    /// <summary>Arguments for the host, before those of the module.</summary>
    [Parameter]
    [ValidateNotNull]
    [ValidateNoNulCharacter]
    public string[] HostArgument { get; set; } = [];

    /// <summary>
    /// How long a worker may give no sign of life, in seconds, before it is killed as hung. A busy script still answers; a
    /// suspended process does not. 0 turns it off; the shortest time is 0.1 s. Default 30.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateSeconds(0.1, 86_400)]
    public double HeartbeatTimeoutSec { get; set; } = 30;

    /// <summary>
    /// A directory for logs, created if it is missing: what each worker writes to its streams, and what happens to the workers,
    /// as lines of JSON in a folder with the master's name. If a log cannot be written, that is a warning, and no message is lost.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? LogPath { get; set; }

    /// <summary>The size after which a log begins its next file, in bytes; the last five are kept. Default 10 MiB.</summary>
    [Parameter]
    [ValidateRange(1024L, long.MaxValue)]
    public long LogFileBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>Messages that may be unread on each channel and in each direction before a sender waits. Default 1,000.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int QueueLimit { get; set; } = MasterOptions.DefaultQueueLimit;

    /// <summary>The same limit in bytes of message bodies. Default 16 MiB. One message may be larger when nothing else is unread.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long QueueBytes { get; set; } = MasterOptions.DefaultQueueBytes;

    /// <summary>Returns at once; failures are reported as exit events.</summary>
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
            var runtime = MasterRegistry.Create(BuildOptions(), MasterOwner.Of(Runspace.DefaultRunspace));
            if (runtime.LogFailure is { } failure)
            {
                WriteWarning(failure);
            }

            Start(runtime);
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
            WorkerCount = WorkerCount,
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

    private void Start(MasterRuntime runtime)
    {
        var workers = Enumerable.Range(0, WorkerCount).Select(_ => runtime.Supervisor.Start()).ToArray();
        if (NoWait)
        {
            return;
        }

        var progress = PacedProgress.For(this, $"Starting {runtime.Name}");
        var pending = workers.Select(instance => instance.Ready).ToList();
        var isReady = false;
        try
        {
            while (pending.Count > 0)
            {
                var next = Task.WhenAny(pending);
                WaitFor(next, progress, WorkerCount, () => workers.Count(instance => instance.Ready.IsCompleted), "are ready");
#pragma warning disable VSTHRD002 // The task has completed.
                next.Result.GetAwaiter().GetResult();
                pending.Remove(next.Result);
#pragma warning restore VSTHRD002
            }

            isReady = true;
        }
        finally
        {
            if (!isReady)
            {
                Abandon(runtime);
            }

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
