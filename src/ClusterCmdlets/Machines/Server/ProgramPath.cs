namespace Cluster.Machines.Server;

/// <summary>Finds programs as a shell does.</summary>
internal static class ProgramPath
{
    /// <summary>Where servers and package managers put programs that are not on the path of every user.</summary>
    private static readonly string[] OtherFolders = ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/opt/homebrew/bin"];

    /// <summary>Looks for a program.</summary>
    /// <param name="name">Its name, without an extension.</param>
    /// <returns>Its full path; null when it is not there.</returns>
    public static string? Find(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return OperatingSystem.IsWindows()
            ? folders.Select(folder => Path.Combine(folder, name + ".exe")).FirstOrDefault(File.Exists)
            : folders.Concat(OtherFolders).Where(Path.IsPathRooted).Select(folder => Path.Combine(folder, name)).FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Execute) != 0;
    }
}
