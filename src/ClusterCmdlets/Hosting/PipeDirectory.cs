using System.Management.Automation;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Cluster.Contracts;

namespace Cluster.Hosting;

/// <summary>
/// A master's use of the folder for its workers' sockets on Unix, which the masters of a process share; it exists while any
/// of them needs it. On Windows pipes are not files, and all of this is empty. Thread-safe.
/// </summary>
internal sealed class PipeDirectory
{
    private static readonly object Gate = new();
    private static SocketFolder? _folder;
    private static int _users;
    private int _isReleased;

    private PipeDirectory()
    {
    }

    /// <summary>Makes sure that the folder exists until the returned object is released.</summary>
    /// <returns>A use of the folder.</returns>
    /// <exception cref="ClusterException">It could not be created.</exception>
    public static PipeDirectory Use()
    {
        if (OperatingSystem.IsWindows())
        {
            return new PipeDirectory();
        }

        if (Volatile.Read(ref _users) == 0)
        {
            // Without the lock: it looks at what others have put into the temp directory.
            SocketFolder.Sweep(Path.GetTempPath());
        }

        lock (Gate)
        {
            _folder ??= CreateFolder();
            _users++;
            return new PipeDirectory();
        }
    }

    /// <summary>A name for a pipe that cannot be guessed.</summary>
    /// <returns>A path on Unix, a pipe name on Windows.</returns>
    /// <exception cref="ClusterException">The folder has been deleted, and cannot be created anew.</exception>
    public static string NewPipeName()
    {
        if (OperatingSystem.IsWindows())
        {
            return "cluster-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        }

        lock (Gate)
        {
            var folder = _folder ?? throw new InvalidOperationException("No master uses the pipe directory.");
            if (!Directory.Exists(folder.Path))
            {
                // Temp directories are cleaned by age, and a master may live for weeks.
                folder.Remove();
                _folder = folder = CreateFolder();
            }

            return folder.NewSocketPath();
        }
    }

    /// <summary>Removes the folder at once, for the end of the process.</summary>
    /// <exception cref="ClusterException">It could not be removed.</exception>
    public static void RemoveNow()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        lock (Gate)
        {
            RemoveFolder();
        }
    }

    /// <summary>Ends the use; the last one removes the folder.</summary>
    /// <exception cref="ClusterException">It could not be removed.</exception>
    public void Release()
    {
        if (OperatingSystem.IsWindows() || Interlocked.Exchange(ref _isReleased, 1) != 0)
        {
            return;
        }

        lock (Gate)
        {
            _users--;
            if (_users == 0)
            {
                RemoveFolder();
            }
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static SocketFolder CreateFolder()
    {
        var temp = Path.GetTempPath();
        try
        {
            return SocketFolder.Create(temp);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A limit on the size of files is an ArgumentException in .NET.
            throw new ClusterException(
                ClusterErrorId.TempDirectoryInvalid,
                ErrorCategory.ResourceUnavailable,
                $"The temporary directory '{temp}' cannot hold the sockets of workers. {exception.Message}"
                    + " Set $env:TMPDIR to a writable directory with a short path.",
                temp,
                exception);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void RemoveFolder()
    {
        // Forgotten first: a folder that cannot be removed must not be in the way of the next master.
        if (Interlocked.Exchange(ref _folder, null) is not { } folder)
        {
            return;
        }

        try
        {
            folder.Remove();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException(
                ClusterErrorId.CleanupFailed,
                ErrorCategory.WriteError,
                $"The folder '{folder.Path}' of the workers' sockets could not be removed. {exception.Message} Delete it when it is no longer needed.",
                folder.Path,
                exception);
        }
    }
}
