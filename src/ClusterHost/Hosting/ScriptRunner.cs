using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.InteropServices;
using ClusterHost.CommandLine;

namespace ClusterHost.Hosting;

/// <summary>Runs what the command line asks for in one runspace, and finds the exit code.</summary>
internal static class ScriptRunner
{
    /// <summary>Runs the script or command and returns the process's exit code.</summary>
    public static int Run(HostOptions options)
    {
        var host = new EmbeddedHost(interactive: !options.NonInteractive);
        using Runspace runspace = RunspaceFactory.CreateRunspace(host, SessionSetup.Create(options.ExecutionPolicy));
        runspace.Open();
        HostEnvironment.Restore();
        Runspace.DefaultRunspace = runspace;
        CommandHints.Install(runspace);
        var executor = new PipelineExecutor(runspace);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            executor.Stop();
        });
        if (options.WorkingDirectory is not null && !SetLocation(runspace, executor, options.WorkingDirectory))
        {
            return ExitCode.Failure;
        }
        bool succeeded = options.Action switch
        {
            HostAction.RunFile => RunFile(runspace, executor, options),
            HostAction.RunStandardInput => executor.RunText(Console.In.ReadToEnd(), []),
            _ => executor.RunText(options.CommandText, options.Arguments),
        };
        if (executor.WasStopped)
        {
            return ExitCode.Interrupted;
        }
        return host.ExitCode ?? (succeeded ? ExitCode.Success : ExitCode.Failure);
    }

    private static bool RunFile(Runspace runspace, PipelineExecutor executor, HostOptions options)
    {
        EngineExit.PassOnExitOfScripts(runspace);
        bool isScriptFile = options.ScriptPath.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase);
        Command command = isScriptFile
            ? new Command(options.ScriptPath, isScript: false, useLocalScope: false)
            : new Command(File.ReadAllText(options.ScriptPath), isScript: true, useLocalScope: false);
        foreach (CommandParameter argument in options.Arguments)
        {
            command.Parameters.Add(argument);
        }
        return executor.RunCommand(command);
    }

    private static bool SetLocation(Runspace runspace, PipelineExecutor executor, string path)
    {
        try
        {
            runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(path));
            return true;
        }
        catch (RuntimeException error)
        {
            executor.Report(error);
            return false;
        }
    }
}
