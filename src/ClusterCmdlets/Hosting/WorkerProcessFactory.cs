using Cluster.Supervision;

namespace Cluster.Hosting;

/// <summary>Starts the process of a worker: combines the master's options with the worker's own.</summary>
internal static class WorkerProcessFactory
{
    /// <summary>Starts the process.</summary>
    /// <param name="options">The master's options.</param>
    /// <param name="own">Variables for this worker only; null removes one.</param>
    /// <param name="pipeName">The pipe it is to connect to.</param>
    /// <param name="token">The token that it must show there.</param>
    /// <param name="onLine">Called with every line of stdout (false) and stderr (true), on threads of their own.</param>
    /// <returns>The running process.</returns>
    /// <exception cref="Contracts.ClusterException">The system could not start it.</exception>
    public static WorkerProcess Start(
        MasterOptions options, IReadOnlyDictionary<string, string?> own, string pipeName, byte[] token, Action<string, bool> onLine)
    {
        var environment = new Dictionary<string, string?>(WorkerBootstrap.NameComparer);
        foreach (var (name, value) in options.Environment.Concat(own))
        {
            environment[name] = value;
        }

        foreach (var (name, value) in WorkerBootstrap.Environment(pipeName, Convert.ToHexString(token), environment))
        {
            environment[name] = value;
        }

        // A directory of another PowerShell drive, or one that no longer exists, is left to the script.
        var directory = Directory.Exists(options.Launch.WorkingDirectory) ? options.Launch.WorkingDirectory : OwnDirectory();
        return WorkerProcess.Start(options.HostPath, [.. options.HostArguments, .. WorkerBootstrap.Arguments], environment, directory, onLine);
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
