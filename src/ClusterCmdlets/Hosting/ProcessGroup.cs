using System.Runtime.InteropServices;

namespace Cluster.Hosting;

/// <summary>
/// The Unix process group of a worker: it keeps the terminal's Ctrl+C away from the worker, and the
/// worker's own children end with it. On Windows these are the hidden console and the job object, see
/// <see cref="WorkerJobObject"/>, and the calls here do nothing.
/// </summary>
internal static partial class ProcessGroup
{
    private const int Kill = 9;

    /// <summary>The group that this process came from; 0 if it is still in it, or if the group is not visible from here.</summary>
    private static int _parents;

    /// <summary>Puts the calling process into a group of its own, whose id is its process id.</summary>
    public static void CreateOwnGroup()
    {
        if (!OperatingSystem.IsWindows())
        {
            // It fails only for a session leader, which already has a group of its own.
            var parents = GetProcessGroup(0);
            _parents = SetProcessGroup(0, 0) == 0 && parents != Environment.ProcessId ? parents : 0;
        }
    }

    /// <summary>Ends every remaining process of a worker's group.</summary>
    /// <param name="leader">The worker's process id.</param>
    public static void KillMembers(int leader)
    {
        if (!OperatingSystem.IsWindows() && leader > 1)
        {
            // A group that has already ended is not an error.
            _ = SendSignal(-leader, Kill);
        }
    }

    /// <summary>
    /// Ends the other processes of the calling process's own group, which are its children: for that it goes back to the group
    /// that it came from.
    /// </summary>
    /// <returns>False if that group cannot be entered any more, or never was another one; nothing has been ended then.</returns>
    public static bool TryKillOthers()
    {
        if (OperatingSystem.IsWindows() || _parents <= 0 || SetProcessGroup(0, _parents) != 0)
        {
            return false;
        }

        // A group without members is no error.
        _ = SendSignal(-Environment.ProcessId, Kill);
        return true;
    }

    /// <summary>Ends the calling process and its group at once, whatever their threads are doing.</summary>
    public static void KillSelf()
    {
        if (!OperatingSystem.IsWindows() && GetProcessGroup(0) == Environment.ProcessId)
        {
            _ = SendSignal(-Environment.ProcessId, Kill);
        }

        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
    }

    [LibraryImport("libc", EntryPoint = "setpgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetProcessGroup(int process, int group);

    [LibraryImport("libc", EntryPoint = "getpgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetProcessGroup(int process);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);
}
