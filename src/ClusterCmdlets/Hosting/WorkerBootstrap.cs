using Cluster.Worker;

namespace Cluster.Hosting;

/// <summary>
/// What a host is told so that it becomes a worker: import this assembly, run
/// <see cref="EnterClusterWorkerCommand"/>. Commands rather than method calls, for which the engine would have
/// to compile a binder at every start. Nothing of the user's is on the command line.
/// </summary>
internal static class WorkerBootstrap
{
    /// <summary>Names the pipe. Removed by the worker before any user code runs.</summary>
    public const string PipeVariable = "CLUSTER_WORKER_PIPE";

    /// <summary>Holds the one-time token. Removed by the worker before any user code runs.</summary>
    public const string TokenVariable = "CLUSTER_WORKER_TOKEN";

    /// <summary>Keeps pwsh from opening a socket of its own for debuggers, which a killed one leaves behind.</summary>
    private const string DiagnosticsVariable = "POWERSHELL_DIAGNOSTICS_OPTOUT";

    /// <summary>The host's arguments.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
    [
        "-NoLogo", "-NoProfile", "-NonInteractive", "-Command",
        $"Import-Module '{typeof(WorkerBootstrap).Assembly.Location.Replace("'", "''", StringComparison.Ordinal)}';Enter-ClusterWorker",
    ];

    /// <summary>The host's environment.</summary>
    /// <param name="pipeName">The pipe to connect to.</param>
    /// <param name="token">The token to show.</param>
    /// <returns>Names and values.</returns>
    public static IEnumerable<KeyValuePair<string, string?>> Environment(string pipeName, string token) =>
    [
        new(PipeVariable, pipeName),
        new(TokenVariable, token),
        new(DiagnosticsVariable, "1"),
    ];
}
