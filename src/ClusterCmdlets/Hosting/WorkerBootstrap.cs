using Cluster.Protocol;

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

    /// <summary>
    /// Keeps pwsh and the runtime from opening sockets for debuggers and tracers, which a killed process
    /// leaves behind in the temp directory; pwsh from reporting every worker's start as that of a session, for which it would
    /// load and start a client; and the runtime from running everything in an instrumented form first, which
    /// slows the first seconds of a worker more than it gains later, and from compiling a second time what is compiled
    /// ahead of time until nothing new has run for half a second (hexadecimal milliseconds), so not in the middle of a burst
    /// of work. A variable that the user sets is kept.
    /// </summary>
    private static readonly KeyValuePair<string, string?>[] Defaults =
    [
        new("POWERSHELL_DIAGNOSTICS_OPTOUT", "1"),
        new("POWERSHELL_TELEMETRY_OPTOUT", "1"),
        new("DOTNET_EnableDiagnostics", "0"),
        new("DOTNET_TieredPGO", "0"),
        new("DOTNET_TC_CallCountingDelayMs", "1F4"),
    ];

    /// <summary>
    /// PowerShell's start-up profile is one file for all of a user's processes, which each writes when it ends. Those that do so at the same time may damage
    /// it, and then no PowerShell of that user starts any more, with "Stack overflow" or an assembly that is not found
    /// (https://github.com/PowerShell/PowerShell/issues/26528, https://github.com/dotnet/runtime/issues/121977). So of the workers only the first one of a
    /// process writes it; all of them start faster by it.
    /// </summary>
    private static readonly KeyValuePair<string, string?> ReadsProfileOnly = new("DOTNET_MultiCoreJitNoProfileGather", "1");
    private static int _hasProfileWriter;

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
        KeyValuePair<string, string?>[] own = Interlocked.Exchange(ref _hasProfileWriter, 1) == 0 ? Defaults : [.. Defaults, ReadsProfileOnly];
        var defaults = own
            .Where(entry => !chosen.ContainsKey(entry.Key) && System.Environment.GetEnvironmentVariable(entry.Key) is null)
            .ToArray();
        return
        [
            .. defaults,
            new(WorkerVariables.Pipe, pipeName),
            new(WorkerVariables.Token, token),
            new(WorkerVariables.ModulePath, chosen.ContainsKey(WorkerVariables.PowerShellModulePath) ? null : System.Environment.GetEnvironmentVariable(WorkerVariables.PowerShellModulePath)),
            new(WorkerVariables.Defaults, string.Join(';', defaults.Select(entry => entry.Key))),
        ];
    }
}
