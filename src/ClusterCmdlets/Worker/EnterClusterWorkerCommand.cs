using System.ComponentModel;
using System.Management.Automation;
using System.Text;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Worker;

/// <summary>
/// Where a worker process begins: turns it into a worker, runs its script and ends it. The command that the
/// master gives to the host; not exported by the module and not for users.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
[Cmdlet(VerbsCommon.Enter, "ClusterWorker")]
public sealed class EnterClusterWorkerCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        ProcessGroup.CreateOwnGroup();
        foreach (var name in Take(WorkerVariables.Defaults).Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        if (Environment.GetEnvironmentVariable(WorkerVariables.ModulePath) is { } modulePath)
        {
            Environment.SetEnvironmentVariable(WorkerVariables.ModulePath, null);
            Environment.SetEnvironmentVariable(WorkerVariables.PowerShellModulePath, modulePath);
        }

        WriteConsoleAsUtf8();
        var script = new ScriptRun();
        var session = WorkerSession.Connect(Take(WorkerVariables.Pipe), Take(WorkerVariables.Token));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => session.OnProcessExit();
        AppDomain.CurrentDomain.UnhandledException += (_, _) => session.Lifeline.EndChildren();
        Goodbye goodbye = script.Run(session);
        session.SayGoodbye(goodbye);
        Environment.Exit(goodbye.ExitCode);
    }

    /// <summary>
    /// The master reads raw output as UTF-8, whatever the locale or the console's code page. <c>[Console]::OutputEncoding</c>
    /// stays as it is, for that is how PowerShell reads native programs.
    /// </summary>
    private static void WriteConsoleAsUtf8()
    {
        static StreamWriter Utf8(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
        Console.SetOut(Utf8(Console.OpenStandardOutput()));
        Console.SetError(Utf8(Console.OpenStandardError()));
    }

    /// <summary>Reads a variable and removes it, so that neither the script nor its children see it.</summary>
    private static string Take(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable)
            ?? throw new ClusterException(
                ClusterErrorId.ChannelClosed, ErrorCategory.InvalidOperation, $"This process was not started by a master: {variable} is not set.");
        Environment.SetEnvironmentVariable(variable, null);
        return value;
    }
}
