using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Worker;

/// <summary>Opens the runspace that a worker's script runs in, with the master's surroundings.</summary>
internal static class WorkerRunspace
{
    /// <summary>The module that the worker is a part of: its manifest, or the assembly where there is none beside it.</summary>
    private static string ModulePath
    {
        get
        {
            var assembly = typeof(WorkerRunspace).Assembly.Location;
            var manifest = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(assembly))!, "Cluster.psd1");
            return File.Exists(manifest) ? manifest : assembly;
        }
    }

    /// <summary>
    /// Opens it on the calling thread, which becomes its pipeline thread. Needs no master yet: it takes about as long as the
    /// master's answer, and is done meanwhile.
    /// </summary>
    /// <param name="host">The host of the runspace.</param>
    /// <returns>The open runspace.</returns>
    public static Runspace Open(WorkerHost host)
    {
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([ModulePath]);
        var runspace = RunspaceFactory.CreateRunspace(host, state);
        try
        {
            var modulePath = Environment.GetEnvironmentVariable(WorkerVariables.PowerShellModulePath);
            runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
            runspace.Open();
            Runspace.DefaultRunspace = runspace;

            // Opening a runspace rewrites the variable for the whole process.
            Environment.SetEnvironmentVariable(WorkerVariables.PowerShellModulePath, modulePath);
            return runspace;
        }
        catch
        {
            runspace.Dispose();
            throw;
        }
    }

    /// <summary>Gives it the master's surroundings. On its pipeline thread.</summary>
    /// <param name="runspace">The open runspace.</param>
    /// <param name="session">The connection to the master.</param>
    /// <param name="host">The host of the runspace.</param>
    public static void Equip(Runspace runspace, WorkerSession session, WorkerHost host)
    {
        Thread.CurrentThread.CurrentCulture = host.CurrentCulture;
        Thread.CurrentThread.CurrentUICulture = host.CurrentUICulture;
        CultureInfo.DefaultThreadCurrentCulture = host.CurrentCulture;
        CultureInfo.DefaultThreadCurrentUICulture = host.CurrentUICulture;
        runspace.Debugger.DebuggerStop += (_, stop) => host.WriteRecord(NoDebugger(stop));
        runspace.SessionStateProxy.PSVariable.Set(new PSVariable(
            "ClusterWorker", session.Context, ScopedItemOptions.Constant | ScopedItemOptions.AllScope)
        {
            Description = "This worker: id, slot, master, arguments.",
        });
        foreach (DictionaryEntry preference in session.Launch.Preferences)
        {
            runspace.SessionStateProxy.SetVariable((string)preference.Key, preference.Value);
        }

        SetLocation(runspace, session.Paths.WorkingDirectory);
    }

    /// <summary>Goes to a directory of the master's session.</summary>
    /// <param name="runspace">The runspace.</param>
    /// <param name="path">The directory.</param>
    public static void SetLocation(Runspace runspace, string path)
    {
        try
        {
            runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(path));
        }
        catch (Exception exception) when (exception is System.Management.Automation.DriveNotFoundException or ItemNotFoundException or ProviderNotFoundException)
        {
            // A drive that only the master has: the script starts in the process's directory.
        }
    }

    /// <summary>The engine would wait for a debugger for ever; with a handler that does nothing, the script goes on.</summary>
    private static ErrorRecord NoDebugger(DebuggerStopEventArgs stop)
    {
        var cause = stop.Breakpoints.Count > 0 ? string.Join(", ", stop.Breakpoints) : "Wait-Debugger";
        var exception = new HostException($"A worker cannot stop in a debugger ({cause}); the script goes on.{Environment.NewLine}{stop.InvocationInfo?.PositionMessage}".TrimEnd());
        return new ErrorRecord(exception, ClusterErrorId.NotInteractive, ErrorCategory.InvalidOperation, null);
    }
}
