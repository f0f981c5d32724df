using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Hosting;

namespace Cluster.Binding;

/// <summary>
/// Chooses the program that runs workers. It must accept the switches of <c>pwsh</c>.
/// </summary>
internal static class HostLocator
{
    /// <summary>The environment variable that names the program.</summary>
    public const string Variable = "CLUSTER_HOST";

    private static string ExecutableName => OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh";

    /// <summary>
    /// Chooses the requested program, else <c>$env:CLUSTER_HOST</c>, else the running PowerShell, else <c>pwsh</c> on PATH.
    /// </summary>
    /// <param name="requested">The value of <c>-HostPath</c>, resolved, or null.</param>
    /// <param name="powerShellHome">The value of <c>$PSHOME</c>.</param>
    /// <returns>A path, or a name to be found on PATH.</returns>
    /// <exception cref="ClusterException">None was found.</exception>
    public static string Find(string? requested, string? powerShellHome)
    {
        if (!string.IsNullOrEmpty(requested))
        {
            return Existing(requested, "-HostPath");
        }

        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable)
        {
            return Existing(variable, "$env:" + Variable);
        }

        // A PowerShell that was installed as a .NET tool has its executable elsewhere.
        if (Environment.ProcessPath is { } running && Path.GetFileName(running) == ExecutableName)
        {
            return running;
        }

        if (powerShellHome is not null && File.Exists(Path.Combine(powerShellHome, ExecutableName)))
        {
            return Path.Combine(powerShellHome, ExecutableName);
        }

        return ProgramPath.OnPath(ExecutableName) ?? throw new ClusterException(
            ClusterErrorId.HostNotFound,
            ErrorCategory.ObjectNotFound,
            "No program was found that can run a worker. Install PowerShell 7.4 or later so that 'pwsh' is on PATH"
                + " (https://aka.ms/powershell), or name a host with -HostPath or $env:CLUSTER_HOST.",
            ExecutableName);
    }

    private static string Existing(string host, string source)
    {
        if (File.Exists(host))
        {
            return Path.GetFullPath(host);
        }

        var isName = !host.Contains(Path.DirectorySeparatorChar) && !host.Contains(Path.AltDirectorySeparatorChar);
        return (isName ? ProgramPath.OnPath(host) : null) ?? throw new ClusterException(
            ClusterErrorId.HostNotFound,
            ErrorCategory.ObjectNotFound,
            $"The host '{host}' given by {source} does not exist. Name an executable that accepts the switches of pwsh.",
            host);
    }
}
