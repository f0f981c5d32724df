using System.Collections;
using System.Management.Automation;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>The settings that a master is started with and that can be changed later. Settings that are not given are left unchanged.</summary>
public abstract class MasterSettingsCommand : ClusterCmdlet
{
    /// <summary>Arguments of the script, by position. They travel as messages do, and keep hashtables as hashtables.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[] ArgumentList { get; set; } = [];

    /// <summary>
    /// Environment variables of the workers, added to those of this process; <c>$null</c> as the value removes one.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>The directory that the workers start in. Default: the current one when the master is started.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? WorkingDirectory { get; set; }

    /// <summary>How long a worker may take to be ready, in seconds. Default: 60.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.001, int.MaxValue)]
    public double StartupTimeoutSec { get; set; }

    /// <summary>
    /// A worker is ready when its script calls <c>Set-WorkerReady</c>, and not before. Without this switch it is ready as
    /// soon as the script uses the channel or writes something, has run for a second, or has completed.
    /// </summary>
    [Parameter]
    public SwitchParameter ExplicitReady { get; set; }

    /// <summary>
    /// Which workers are restarted after they exit. A worker that was stopped, that announced its exit, or that failed before
    /// it was ready is never restarted. Default: OnFailure.
    /// </summary>
    [Parameter]
    public RestartMode RestartPolicy { get; set; }

    /// <summary>
    /// How many restarts a slot may have within <c>-RestartWindowSec</c>; then the slot is given up. Default: 5; for a pool,
    /// any number.
    /// </summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaxRestarts { get; set; }

    /// <summary>
    /// The time in which restarts are counted, in seconds. A worker that has lived that long counts as stable. Default: 60.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.001, int.MaxValue)]
    public double RestartWindowSec { get; set; }

    /// <summary>
    /// The delay of a slot's first restart, in seconds. It doubles with each restart until a worker is stable; up to one half
    /// is subtracted at random. Default: 0.1; for a pool, 0.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double RestartDelaySec { get; set; }

    /// <summary>The longest delay of a restart, in seconds. Default: 15.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.0, int.MaxValue)]
    public double MaxRestartDelaySec { get; set; }

    /// <summary>Exit codes after which a worker is not restarted.</summary>
    [Parameter]
    [ValidateNotNull]
    public int[] StopExitCode { get; set; } = [];

    /// <summary>
    /// Replaces a worker after about this many messages, or objects of <c>Invoke-ClusterWorker</c>; the replacement is ready
    /// first. Up to a fifth is subtracted at random, so that not all workers are replaced at once. Default: 0, no limit.
    /// </summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MaxTasks { get; set; }

    /// <summary>
    /// Replaces a worker whose process uses more than this many bytes of memory; the replacement is ready first. At twice as
    /// much it is killed at once. Checked once a second. Default: 0, no limit.
    /// </summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MaxMemory { get; set; }

    /// <summary>
    /// Replaces a worker that has been ready for this long; the replacement is ready first. Up to a fifth is subtracted at
    /// random. The shortest time is 1 s. Default: 0, no limit.
    /// </summary>
    [Parameter]
    [Seconds(AsTimeSpan = true)]
    [ValidateSeconds(1, int.MaxValue)]
    public TimeSpan MaxAge { get; set; }

    /// <summary>
    /// Stops the workers of a pool that has had nothing to do for this long, in seconds; the next <c>Invoke-ClusterWorker</c>
    /// starts them again. The shortest time is 1 s. Default: 0, the workers stay.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateSeconds(1, int.MaxValue)]
    public double IdleTimeoutSec { get; set; }

    /// <summary>Whether the user has named a parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>True if it was given.</returns>
    private protected bool IsGiven(string name) => MyInvocation.BoundParameters.ContainsKey(name);

    /// <summary>Puts what was given in the place of what was there.</summary>
    /// <param name="options">What was there.</param>
    /// <returns>The new options; script, arguments and directory are not touched.</returns>
    /// <exception cref="ClusterException">A variable's name is not usable.</exception>
    private protected MasterOptions Apply(MasterOptions options) => options with
    {
        Host = IsGiven(nameof(Environment)) ? options.Host with { Environment = EnvironmentVariables.From(Environment) } : options.Host,
        Recycle = new RecyclePolicy(
            IsGiven(nameof(MaxTasks)) ? Limit(MaxTasks) : options.Recycle.MaxTasks,
            IsGiven(nameof(MaxMemory)) ? Limit(MaxMemory) : options.Recycle.MaxMemory,
            IsGiven(nameof(MaxAge)) ? Limit(MaxAge) : options.Recycle.MaxAge),
        IdleTimeout = Given(nameof(IdleTimeoutSec), IdleTimeoutSec, options.IdleTimeout),
        StartupTimeout = Given(nameof(StartupTimeoutSec), StartupTimeoutSec, options.StartupTimeout),
        Restart = options.Restart with
        {
            Mode = IsGiven(nameof(RestartPolicy)) ? RestartPolicy : options.Restart.Mode,
            MaxRestarts = IsGiven(nameof(MaxRestarts)) ? MaxRestarts : options.Restart.MaxRestarts,
            Window = Given(nameof(RestartWindowSec), RestartWindowSec, options.Restart.Window),
            Delay = Given(nameof(RestartDelaySec), RestartDelaySec, options.Restart.Delay),
            MaxDelay = Given(nameof(MaxRestartDelaySec), MaxRestartDelaySec, options.Restart.MaxDelay),
            StopExitCodes = IsGiven(nameof(StopExitCode)) ? StopExitCode : options.Restart.StopExitCodes,
        },
    };

    private TimeSpan Given(string name, double seconds, TimeSpan present) => IsGiven(name) ? TimeSpan.FromSeconds(seconds) : present;

    /// <summary>Zero takes a limit away.</summary>
    private static T? Limit<T>(T value)
        where T : struct, IComparable<T> => value.CompareTo(default) > 0 ? value : null;
}
