using System.Management.Automation.Host;

namespace Cluster.Commands;

/// <summary>Whether somebody looks at what a host shows while it happens, and by what.</summary>
internal static class InteractiveHost
{
    /// <summary>The engine's own hosts without a screen.</summary>
    private static readonly string[] Unwatched = ["Default Host", "ServerRemoteHost", "ClusterWorkerHost"];

    /// <summary>Whether progress is worth showing: there is a screen, and PowerShell was not told that nobody is there.</summary>
    /// <param name="host">The host.</param>
    /// <returns>False for redirected output, <c>-NonInteractive</c>, and hosts without a screen.</returns>
    public static bool IsWatched(PSHost host) =>
        !Unwatched.Contains(host.Name, StringComparer.Ordinal)
        && Environment.UserInteractive
        && !Console.IsOutputRedirected
        && !Environment.GetCommandLineArgs().Any(IsNonInteractive);

    /// <summary>Whether there is a terminal on which a view can be drawn and that gives keys.</summary>
    /// <param name="host">The host.</param>
    /// <returns>False also for redirected input, and for terminals without control sequences.</returns>
    public static bool HasTerminal(PSHost host) =>
        IsWatched(host)
        && !Console.IsInputRedirected
        && host.UI.SupportsVirtualTerminal
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>The switch may be shortened, as far as it is still no other one.</summary>
    private static bool IsNonInteractive(string argument) =>
        argument.TrimStart('-', '/') is { Length: >= 4 } name
        && name.Length < argument.Length
        && "NonInteractive".StartsWith(name, StringComparison.OrdinalIgnoreCase);
}
