using System.ComponentModel;
using Cluster.Hosting;
using Cluster.Objects;

namespace Cluster.Worker;

/// <summary>
/// Where a worker process begins: called by the command that the master gives to the host. Not for users.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class WorkerProgram
{
    /// <summary>
    /// Turns this process into a worker, runs its script and ends the process. Does not return.
    /// </summary>
    /// <exception cref="ClusterException">The process was not started by a master.</exception>
    public static void Main()
    {
        ProcessGroup.LeaveParents();
        var session = WorkerSession.Connect(Take(WorkerBootstrap.PipeVariable), Take(WorkerBootstrap.TokenVariable));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => session.OnProcessExit();
        var goodbye = new ScriptRun(session).Run();
        session.SayGoodbye(goodbye);
        Environment.Exit(goodbye.ExitCode);
    }

    /// <summary>Reads a variable and removes it, so that neither the script nor its children see it.</summary>
    private static string Take(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable)
            ?? throw new ClusterException($"This process is no worker: the variable {variable} is not set.");
        Environment.SetEnvironmentVariable(variable, null);
        return value;
    }
}
