namespace Cluster.Protocol;

/// <summary>The environment variables by which a master tells a worker's process how to reach it.</summary>
internal static class WorkerVariables
{
    /// <summary>Names the pipe. Removed by the worker before any user code runs.</summary>
    public const string Pipe = "CLUSTER_WORKER_PIPE";

    /// <summary>Holds the one-time token. Removed by the worker before any user code runs.</summary>
    public const string Token = "CLUSTER_WORKER_TOKEN";

    /// <summary>Lists the defaults below that were set for the host alone. Removed with them.</summary>
    public const string Defaults = "CLUSTER_WORKER_DEFAULTS";

    /// <summary>
    /// Holds the master's module path unless the user has set another for the workers: a starting pwsh adds its own
    /// directories to the one that it inherits. Removed with them.
    /// </summary>
    public const string ModulePath = "CLUSTER_WORKER_MODULEPATH";

    /// <summary>The environment variable in which PowerShell keeps its module path.</summary>
    public const string PowerShellModulePath = "PSModulePath";

    /// <summary>Those that users cannot set.</summary>
    public static IReadOnlyList<string> Reserved { get; } = [Pipe, Token, Defaults, ModulePath];

    /// <summary>How the system compares names of environment variables.</summary>
    public static StringComparer NameComparer { get; } = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
}
