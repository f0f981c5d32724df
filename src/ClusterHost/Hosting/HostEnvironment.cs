using System.Runtime.InteropServices;

namespace ClusterHost.Hosting;

/// <summary>What has to stand before the engine's first type is touched.</summary>
internal static class HostEnvironment
{
    private const string DiagnosticsOptOut = "POWERSHELL_DIAGNOSTICS_OPTOUT";
    private const string TelemetryOptOut = "POWERSHELL_TELEMETRY_OPTOUT";
    private const string DotnetRoot = "DOTNET_ROOT";

    private static bool _clearDiagnosticsOptOut;

    /// <summary>Switches off what an embedded engine does not need, and says how further hosts are started.</summary>
    public static void Prepare()
    {
        Environment.SetEnvironmentVariable(TelemetryOptOut, "1");
        if (Environment.GetEnvironmentVariable(DiagnosticsOptOut) is null)
        {
            Environment.SetEnvironmentVariable(DiagnosticsOptOut, "1");
            _clearDiagnosticsOptOut = true;
        }
        // For a module that opens a session of its own in this process: the same commands at once, with nothing to load.
        AppContext.SetData("Cluster.NewSessionState", (Func<System.Management.Automation.Runspaces.InitialSessionState>)SessionSetup.Create);
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "ClusterHost.exe" : "ClusterHost");
        if (File.Exists(program))
        {
            AppContext.SetData("Cluster.HostPath", program);
            HelpToFindRuntime(program);
        }
    }

    /// <summary>Takes back, for the script and its children, what only this process's start needed.</summary>
    public static void Restore()
    {
        if (_clearDiagnosticsOptOut)
        {
            Environment.SetEnvironmentVariable(DiagnosticsOptOut, null);
        }
    }

    /// <summary>When <c>dotnet ClusterHost.dll</c> was started from a folder of its own, the program alone would not find the runtime.</summary>
    private static void HelpToFindRuntime(string program)
    {
        if (Environment.GetEnvironmentVariable(DotnetRoot) is null && Environment.ProcessPath != program)
        {
            string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            Environment.SetEnvironmentVariable(DotnetRoot, root);
        }
    }
}
