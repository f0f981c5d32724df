namespace Cluster.Hosting;

/// <summary>Starts the process of a worker: combines the settings of the machine and the worker's own.</summary>
internal static class WorkerProcessFactory
{
    /// <summary>Starts the process.</summary>
    /// <param name="host">How a host is started.</param>
    /// <param name="pipeName">The pipe it is to connect to.</param>
    /// <param name="token">The token that it must show there.</param>
    /// <param name="onLine">Called with every line of stdout (false) and stderr (true), on threads of their own.</param>
    /// <returns>The running process.</returns>
    /// <exception cref="Contracts.ClusterException">The system could not start it.</exception>
    public static WorkerProcess Start(HostSettings host, string pipeName, byte[] token, Action<string, bool> onLine)
    {
        var environment = new Dictionary<string, string?>(host.Environment, WorkerBootstrap.NameComparer);
        foreach (var (name, value) in WorkerBootstrap.Environment(pipeName, Convert.ToHexString(token), environment))
        {
            environment[name] = value;
        }

        // A directory of another PowerShell drive, or one that no longer exists, is left to the script.
        var directory = Directory.Exists(host.Paths.WorkingDirectory) ? host.Paths.WorkingDirectory : OwnDirectory();
        return WorkerProcess.Start(host.HostPath, [.. host.HostArguments, .. WorkerBootstrap.Arguments], environment, directory, onLine);
    }

    private static string OwnDirectory()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (IOException)
        {
            // It was deleted while this process was in it.
            return Path.GetPathRoot(AppContext.BaseDirectory)!;
        }
    }
}
