using System.Globalization;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>
/// <para>Changes a running master. The number of workers and the policies of restart and replacement change at once. Script,
/// arguments, environment, directory and start-up settings apply to workers that are started later, also by a restart or a
/// reload.</para>
/// <para>Settings that are not given are left unchanged. Returns when new workers are ready and surplus ones are gone.</para>
/// </summary>
/// <remarks>
/// <para>To give the running workers a new script, change it and replace them: <c>Get-ClusterWorker |
/// Restart-ClusterWorker</c>.</para>
/// <para>Every call raises the event <c>Setup</c>, and a change of the number of workers <c>Resize</c>.</para>
/// </remarks>
/// <seealso cref="RestartClusterWorkerCommand"/>
[Cmdlet(VerbsCommon.Set, "ClusterMaster", SupportsShouldProcess = true)]
[OutputType(typeof(ClusterMaster))]
public sealed class SetClusterMasterCommand : MasterSettingsCommand
{
    /// <summary>The master or its name. Default: the only one that is running.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <summary>The number of workers. Surplus workers finish their work and exit, idle ones and the youngest first.</summary>
    [Parameter]
    [ValidateRange(0, 1024)]
    public int WorkerCount { get; set; }

    /// <summary>The script file that later workers run.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? ScriptPath { get; set; }

    /// <summary>
    /// The script block that later workers run. <c>$using:</c> values are taken from the caller when the command is called.
    /// </summary>
    [Parameter]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Does not wait for workers to be ready or gone.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>Writes the master.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            var runtime = FindMaster(Master);
            if (ShouldProcess(runtime.Name))
            {
                Change(runtime);
            }
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }

    private void Change(MasterRuntime runtime)
    {
        if (ScriptPath is not null && ScriptBlock is not null)
        {
            throw new ClusterException(
                ClusterErrorId.ScriptAmbiguous, ErrorCategory.InvalidArgument, "Give a -ScriptPath or a -ScriptBlock, not both.", ScriptPath);
        }

        var builder = new LaunchBuilder(SessionState)
        {
            Name = runtime.Name,
            ScriptPath = ScriptPath,
            ScriptBlock = ScriptBlock,
            Arguments = IsGiven(nameof(ArgumentList)) ? ArgumentList ?? [] : null,
            WorkingDirectory = WorkingDirectory,
            ExplicitReady = IsGiven(nameof(ExplicitReady)) ? ExplicitReady : null,
        };
        var paths = builder.Change(runtime.Options.Host.Paths);
        var launch = builder.Change(runtime.Options.Launch);
        var payload = launch.Encode();
        var before = runtime.Workers.Live().Count;
        var (started, stopped) = runtime.Reconfigure(
            options =>
            {
                var changed = Apply(options);
                return changed with
                {
                    Host = changed.Host with { Paths = paths },
                    Launch = launch,
                    LaunchPayload = payload,
                };
            },
            IsGiven(nameof(WorkerCount)) ? WorkerCount : null,
            Reason());
        if (!NoWait)
        {
            WaitForResize(runtime, before, started, stopped);
        }

        if (PassThru)
        {
            WriteObject(ClusterMaster.Of(runtime));
        }
    }

    private void WaitForResize(MasterRuntime runtime, int before, IReadOnlyList<WorkerInstance> started, Task stopped)
    {
        var progress = PacedProgress.For(this, $"Resizing {runtime.Name}");
        WaitFor(stopped, progress, Math.Max(0, before - WorkerCount), () => before - runtime.Workers.Live().Count, "have exited");
        foreach (var instance in started)
        {
            try
            {
                WaitFor(instance.Ready, progress, started.Count, () => started.Count(fresh => fresh.Ready.IsCompleted), "are ready");
            }
            catch (ClusterException exception)
            {
                Report(exception);
            }
        }

        progress?.Complete();
    }

    private string Reason()
    {
        var named = MyInvocation.BoundParameters.Keys.Where(name => name is not (nameof(Master) or nameof(NoWait) or nameof(PassThru))).Order().ToArray();
        return named.Length == 0 ? "Nothing is changed." : string.Create(CultureInfo.InvariantCulture, $"Changed: {string.Join(", ", named)}.");
    }
}
