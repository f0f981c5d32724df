using System.Collections;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>The settings that a master is started with and that can be changed later. What is not named is left as it is.</summary>
public abstract class MasterSettingsCommand : ClusterCmdlet
{
    /// <summary>Arguments of the script, by position. They travel as messages do.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[] ArgumentList { get; set; } = [];

    /// <summary>Environment variables for the workers, added to this process's; null removes one.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>The directory that the workers start in. Default: the current one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? WorkingDirectory { get; set; }

    /// <summary>How long a worker may take to be ready, in seconds. Default 60.</summary>
    [Parameter]
    [ValidateRange(0.001, int.MaxValue)]
    public double StartupTimeoutSec { get; set; }

    /// <summary>
    /// A worker is ready when its script calls <c>Set-WorkerReady</c>, and not before. Without this it is when the script
    /// uses the channel, writes something, has run for a second or has ended well.
    /// </summary>
    [Parameter]
    public SwitchParameter ExplicitReady { get; set; }

    /// <summary>
    /// Which workers are started anew after their end: <c>OnFailure</c>, the default, those that failed or crashed;
    /// <c>Always</c> those that completed as well; <c>Never</c> none. One that was stopped or left never is, nor is one
    /// that failed before it was ready.
    /// </summary>
    [Parameter]
    public RestartMode RestartPolicy { get; set; }

    /// <summary>Restarts of a slot within <c>-RestartWindowSec</c> before it is given up. Default 5.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaxRestarts { get; set; }

    /// <summary>The time in which restarts are counted, in seconds; a worker that lived as long was stable. Default 60.</summary>
    [Parameter]
    [ValidateRange(0.001, int.MaxValue)]
    public double RestartWindowSec { get; set; }

    /// <summary>
    /// The delay of a slot's first restart, in seconds. It doubles with each restart until a worker was stable; a random
    /// part of up to one half is taken off. Default 0.1.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, int.MaxValue)]
    public double RestartDelaySec { get; set; }

    /// <summary>The longest delay of a restart, in seconds. Default 15.</summary>
    [Parameter]
    [ValidateRange(0.0, int.MaxValue)]
    public double MaxRestartDelaySec { get; set; }

    /// <summary>Exit codes by which a script says that it is not to be started anew.</summary>
    [Parameter]
    [ValidateNotNull]
    public int[] StopExitCode { get; set; } = [];

    /// <summary>
    /// A worker that has read about so many messages is replaced by a fresh one, which is ready before. Up to a fifth is
    /// taken off by chance, so that not all are replaced at once. 0, the default, for any number.
    /// </summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MaxTasks { get; set; }

    /// <summary>
    /// A worker whose process uses more bytes of memory is replaced by a fresh one, which is ready before. At twice as much
    /// it is killed at once. Looked at once a second. 0, the default, for any.
    /// </summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MaxMemory { get; set; }

    /// <summary>
    /// A worker that has been ready for so long is replaced by a fresh one, which is ready before. Up to a fifth is taken
    /// off by chance. 0, the default, for ever; the shortest time is 1 s.
    /// </summary>
    [Parameter]
    [ValidateSeconds(1, int.MaxValue)]
    public TimeSpan MaxAge { get; set; }

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
        Environment = IsGiven(nameof(Environment)) ? EnvironmentVariables.From(Environment) : options.Environment,
        Recycle = new RecyclePolicy(
            IsGiven(nameof(MaxTasks)) ? Limit(MaxTasks) : options.Recycle.MaxTasks,
            IsGiven(nameof(MaxMemory)) ? Limit(MaxMemory) : options.Recycle.MaxMemory,
            IsGiven(nameof(MaxAge)) ? Limit(MaxAge) : options.Recycle.MaxAge),
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
