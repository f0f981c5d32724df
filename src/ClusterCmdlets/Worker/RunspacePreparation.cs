using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Cluster.Worker;

/// <summary>What each runspace of a worker has before anything of the user's runs in it: its modules, and what its initialization script does.</summary>
internal static class RunspacePreparation
{
    /// <summary>One at a time: opening a runspace rewrites a variable of the whole process.</summary>
    private static readonly object Opening = new();

    /// <summary>Opens a further runspace of this worker, on the calling thread, which becomes its pipeline thread.</summary>
    /// <param name="session">The connection to the master.</param>
    /// <param name="host">The host of the runspace, connected.</param>
    /// <returns>The runspace, with all that the worker's first one has got.</returns>
    /// <exception cref="RuntimeException">A module cannot be imported, or the initialization script has thrown.</exception>
    public static Runspace Open(WorkerSession session, WorkerHost host)
    {
        Runspace runspace;
        lock (Opening)
        {
            runspace = WorkerRunspace.Open(host);
        }

        try
        {
            WorkerRunspace.Equip(runspace, session, host);
            Run(session, build => Invoke(runspace, host, build));

            // The first runspace has begun its work after the same script: a further one does the same, whatever its exit says.
            host.TakeExitCode();
            return runspace;
        }
        catch
        {
            runspace.Dispose();
            throw;
        }
    }

    /// <summary>Imports modules and runs the initialization script.</summary>
    /// <param name="session">The connection to the master.</param>
    /// <param name="invoke">Runs a pipeline in the runspace.</param>
    public static void Run(WorkerSession session, Action<Action<PowerShell>> invoke)
    {
        foreach (var module in session.Paths.Modules)
        {
            invoke(shell => AddImport(shell, module));
        }

        if (session.Launch.InitializationText is { } text)
        {
            invoke(shell => ShellText.Add(shell, text, session.Launch.InitializationUsingValues, []));
        }
    }

    /// <summary>Adds the import of a module, for all scopes of the runspace.</summary>
    /// <param name="shell">The pipeline.</param>
    /// <param name="module">The module's name or path.</param>
    public static void AddImport(PowerShell shell, string module) => shell
        .AddCommand(new CmdletInfo("Import-Module", typeof(Microsoft.PowerShell.Commands.ImportModuleCommand)))
        .AddParameter("Name", module)
        .AddParameter("Global")
        .AddParameter("ErrorAction", ActionPreference.Stop);

    /// <summary>What it writes to its output was written by the first runspace already; its errors may be this one's own.</summary>
    private static void Invoke(Runspace runspace, WorkerHost host, Action<PowerShell> build)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = runspace;
        build(shell);
        shell.Invoke();
        foreach (var error in shell.Streams.Error)
        {
            host.WriteRecord(error);
        }
    }
}
