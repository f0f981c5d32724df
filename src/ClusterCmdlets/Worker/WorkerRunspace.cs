using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using Cluster.Contracts;
using Cluster.Hosting;

namespace Cluster.Worker;

/// <summary>Opens the runspace that a worker's script runs in, with the master's surroundings.</summary>
internal static class WorkerRunspace
{
    /// <summary>Opens it on the calling thread, which becomes its pipeline thread.</summary>
    /// <param name="session">The connection to the master.</param>
    /// <param name="host">The host of the runspace.</param>
    /// <param name="streams">Where errors of the runspace go.</param>
    /// <returns>The open runspace.</returns>
    public static Runspace Open(WorkerSession session, WorkerHost host, StreamForwarder streams)
    {
        var launch = session.Launch;
        Thread.CurrentThread.CurrentCulture = host.CurrentCulture;
        Thread.CurrentThread.CurrentUICulture = host.CurrentUICulture;
        CultureInfo.DefaultThreadCurrentCulture = host.CurrentCulture;
        CultureInfo.DefaultThreadCurrentUICulture = host.CurrentUICulture;

        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([session.Paths.ModulePath]);
        state.Variables.Add(new SessionStateVariableEntry(
            "ClusterWorker", session.Context, "This worker: id, slot, master, arguments.", ScopedItemOptions.Constant | ScopedItemOptions.AllScope));
        var runspace = RunspaceFactory.CreateRunspace(host, state);
        try
        {
            var modulePath = Environment.GetEnvironmentVariable(WorkerBootstrap.PowerShellModulePath);
            runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
            runspace.Open();
            Runspace.DefaultRunspace = runspace;
            runspace.Debugger.DebuggerStop += (_, stop) => streams.WriteRecord(NoDebugger(stop));

            // Opening a runspace rewrites the variable for the whole process.
            Environment.SetEnvironmentVariable(WorkerBootstrap.PowerShellModulePath, modulePath);

            // After the module's own import, which is nobody's business.
            foreach (DictionaryEntry preference in launch.Preferences)
            {
                runspace.SessionStateProxy.SetVariable((string)preference.Key, preference.Value);
            }

            SetLocation(runspace, session.Paths.WorkingDirectory);
            return runspace;
        }
        catch
        {
            runspace.Dispose();
            throw;
        }
    }

    /// <summary>The engine would wait for a debugger for ever; with a handler that does nothing, the script goes on.</summary>
    private static ErrorRecord NoDebugger(DebuggerStopEventArgs stop)
    {
        var cause = stop.Breakpoints.Count > 0 ? string.Join(", ", stop.Breakpoints) : "Wait-Debugger";
        var exception = new HostException($"A worker cannot stop in a debugger ({cause}); the script goes on.{Environment.NewLine}{stop.InvocationInfo?.PositionMessage}".TrimEnd());
        return new ErrorRecord(exception, ClusterErrorId.NotInteractive, ErrorCategory.InvalidOperation, null);
    }

    private static void SetLocation(Runspace runspace, string path)
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
}
