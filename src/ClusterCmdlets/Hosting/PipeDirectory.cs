using System.Security.Cryptography;

namespace Cluster.Hosting;

/// <summary>
/// The private directory in which a master process keeps the sockets of its workers on Unix: mode 0700,
/// there while any master of the process needs it. A lock file tells the living from the dead, so that the
/// next process can sweep what a killed one left behind. On Windows pipes are no files and all of this is
/// empty. Thread-safe.
/// </summary>
internal sealed class PipeDirectory : IDisposable
{
    private const string Prefix = "cluster-";
    private const string LockName = "lock";

    /// <summary>macOS has room for 104 bytes in a socket address, the last of them zero; Linux for 108.</summary>
    private const int MaxSocketPath = 103;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly object Gate = new();
    private static string? _path;
    private static FileStream? _lock;
    private static int _users;
    private int _disposed;

    private PipeDirectory()
    {
    }

    /// <summary>Makes sure that the directory is there until the returned object is disposed.</summary>
    /// <returns>A use of the directory.</returns>
    /// <exception cref="IOException">It could not be created.</exception>
    public static PipeDirectory Use()
    {
        lock (Gate)
        {
            if (_users == 0 && !OperatingSystem.IsWindows())
            {
                Sweep();
                Create();
            }

            _users++;
            return new PipeDirectory();
        }
    }

    /// <summary>A name for a pipe that nobody can guess.</summary>
    /// <returns>A path on Unix, a pipe name on Windows.</returns>
    public static string NewPipeName()
    {
        if (OperatingSystem.IsWindows())
        {
            return Prefix + Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        }

        var name = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        var path = Path.Combine(_path ?? throw new InvalidOperationException("No master uses the pipe directory."), name);
        return path.Length <= MaxSocketPath
            ? path
            : throw new IOException($"The path '{path}' is too long for a socket. Set TMPDIR to a shorter directory.");
    }

    /// <summary>Removes the directory at once, for the end of the process.</summary>
    public static void RemoveNow()
    {
        lock (Gate)
        {
            Remove();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        lock (Gate)
        {
            _users--;
            if (_users == 0)
            {
                Remove();
            }
        }
    }

    private static void Create()
    {
        var name = Convert.ToHexString(RandomNumberGenerator.GetBytes(6));

        // The lock is taken before the directory has the name that sweepers look at.
        var unlocked = Path.Combine(Path.GetTempPath(), "." + Prefix + name);
        var path = Path.Combine(Path.GetTempPath(), Prefix + name);
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(unlocked, OwnerOnly);
        }

        _lock = new FileStream(Path.Combine(unlocked, LockName), FileMode.CreateNew, FileAccess.Write, FileShare.None);
        Directory.Move(unlocked, path);
        _path = path;
    }

    private static void Remove()
    {
        if (_path is null)
        {
            return;
        }

        try
        {
            Directory.Delete(_path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody has cleaned the temp directory: what was to be done is done.
        }

        _lock?.Dispose();
        _lock = null;
        _path = null;
    }

    /// <summary>Removes the directories of this user whose process has died without doing so.</summary>
    private static void Sweep()
    {
        foreach (var directory in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            try
            {
                var lockFile = Path.Combine(directory, LockName);
                if (!File.Exists(lockFile))
                {
                    continue;
                }

                // A living owner holds the lock and this throws.
                using (new FileStream(lockFile, FileMode.Open, FileAccess.Write, FileShare.None))
                {
                    Directory.Delete(directory, recursive: true);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use, somebody else's, or swept by another process at this moment: not ours to remove.
            }
        }
    }
}
