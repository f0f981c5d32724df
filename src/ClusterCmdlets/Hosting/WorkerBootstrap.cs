namespace Cluster.Hosting;

/// <summary>
/// The arguments and the environment that make a host a worker: it imports this assembly and runs
/// its command <c>Enter-ClusterWorker</c>. Commands rather than method calls, for which the engine would have
/// to compile a binder at every start. The command line contains nothing of the user's.
/// </summary>
internal static class WorkerBootstrap
{
    /// <summary>The command of this assembly that turns its process into a worker.</summary>
    public const string EnterCommand = "Enter-ClusterWorker";

    /// <summary>Names the pipe. Removed by the worker before any user code runs.</summary>
    public const string PipeVariable = "CLUSTER_WORKER_PIPE";

    /// <summary>Holds the one-time token. Removed by the worker before any user code runs.</summary>
    public const string TokenVariable = "CLUSTER_WORKER_TOKEN";

    /// <summary>Lists the defaults below that were set for the host alone. Removed with them.</summary>
    public const string DefaultsVariable = "CLUSTER_WORKER_DEFAULTS";

    /// <summary>
    /// Holds the master's module path unless the user has set another for the workers: a starting pwsh adds its own
    /// directories to the one that it inherits. Removed with them.
    /// </summary>
    public const string ModulePathVariable = "CLUSTER_WORKER_MODULEPATH";

    /// <summary>The environment variable in which PowerShell keeps its module path.</summary>
    public const string PowerShellModulePath = "PSModulePath";

    /// <summary>
    /// Keeps pwsh and the runtime from opening sockets for debuggers and tracers, which a killed process
    /// leaves behind in the temp directory; and the runtime from running everything in an instrumented form first, which
    /// slows the first seconds of a worker more than it gains later, and from compiling a second time what is compiled
    /// ahead of time until nothing new has run for half a second (hexadecimal milliseconds), so not in the middle of a burst
    /// of work. A variable that the user sets is kept.
    /// </summary>
    private static readonly KeyValuePair<string, string?>[] Defaults =
    [
        new("POWERSHELL_DIAGNOSTICS_OPTOUT", "1"),
        new("DOTNET_EnableDiagnostics", "0"),
        new("DOTNET_TieredPGO", "0"),
        new("DOTNET_TC_CallCountingDelayMs", "1F4"),
    ];

    /// <summary>How the system compares names of environment variables.</summary>
    public static StringComparer NameComparer { get; } = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The host's arguments.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
    [
        "-NoLogo", "-NoProfile", "-NonInteractive", "-Command",
        $"Import-Module '{typeof(WorkerBootstrap).Assembly.Location.Replace("'", "''", StringComparison.Ordinal)}';{EnterCommand}",
    ];

    /// <summary>The host's environment.</summary>
    /// <param name="pipeName">The pipe to connect to.</param>
    /// <param name="token">The token.</param>
    /// <param name="chosen">Variables that the user sets.</param>
    /// <returns>Names and values.</returns>
    public static IEnumerable<KeyValuePair<string, string?>> Environment(
        string pipeName, string token, IReadOnlyDictionary<string, string?> chosen)
    {
        var defaults = Defaults
            .Where(entry => !chosen.ContainsKey(entry.Key) && System.Environment.GetEnvironmentVariable(entry.Key) is null)
            .ToArray();
        return
        [
            .. defaults,
            new(PipeVariable, pipeName),
            new(TokenVariable, token),
            new(ModulePathVariable, chosen.ContainsKey(PowerShellModulePath) ? null : System.Environment.GetEnvironmentVariable(PowerShellModulePath)),
            new(DefaultsVariable, string.Join(';', defaults.Select(entry => entry.Key))),
        ];
    }
}
