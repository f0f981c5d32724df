using System.ComponentModel;
using System.Management.Automation;
using Cluster.Hosting;
using Cluster.Objects;
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
        ProcessGroup.LeaveParents();
        foreach (var name in Take(WorkerBootstrap.DefaultsVariable).Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        var session = WorkerSession.Connect(Take(WorkerBootstrap.PipeVariable), Take(WorkerBootstrap.TokenVariable));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => session.OnProcessExit();
        AppDomain.CurrentDomain.UnhandledException += (_, _) => session.Lifeline.EndChildren();
        Goodbye goodbye = new ScriptRun(session).Run();
        session.SayGoodbye(goodbye);
        Environment.Exit(goodbye.ExitCode);
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
