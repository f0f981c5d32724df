namespace Cluster.Hosting;

/// <summary>Finds programs as a shell does.</summary>
internal static class ProgramPath
{
    /// <summary>Where servers and package managers put programs that are not on the path of every user.</summary>
    private static readonly string[] OtherFolders = ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/opt/homebrew/bin"];

    /// <summary>Looks for a program on the path, and in the usual folders of Unix.</summary>
    /// <param name="name">Its name, without an extension.</param>
    /// <returns>Its full path; null when it is not there.</returns>
    public static string? Find(string name) => OperatingSystem.IsWindows() ? OnPath(name + ".exe") : First([.. Folders(), .. OtherFolders], name);

    /// <summary>Looks for a program on the path alone.</summary>
    /// <param name="fileName">Its name, with its extension.</param>
    /// <returns>Its full path; null when it is not there.</returns>
    public static string? OnPath(string fileName) => First(Folders(), fileName);

    private static string[] Folders() =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static string? First(IEnumerable<string> folders, string fileName) =>
        folders.Where(Path.IsPathRooted).Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(IsExecutable);

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Execute) != 0);
    }
}
