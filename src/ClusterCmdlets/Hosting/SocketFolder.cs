using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Cluster.Hosting;

/// <summary>
/// A directory below the temp directory that this module has made for the sockets of one process: mode 0700, with a lock
/// file that its process holds while it lives. The temp directory is shared, so what lies there is touched only when
/// owner, type, mode, name and the lock's text prove that this module made it for this user; nothing else is opened,
/// followed or deleted. Unix only.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class SocketFolder
{
    /// <summary>The most bytes of a socket's path: macOS has room for 104 with the zero at the end; Linux for 108.</summary>
    public const int MaxSocketPath = 103;

    private const string LockName = "lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>What every lock file begins with.</summary>
    private static readonly byte[] Marker = "Cluster for PowerShell: sockets of a master's process.\n"u8.ToArray();

    /// <summary>A folder that is not finished after this time was left by a process that died while it made it.</summary>
    private static readonly TimeSpan UnfinishedAge = TimeSpan.FromMinutes(10);

    private readonly FileStream _lock;

    private SocketFolder(string path, FileStream heldLock)
    {
        Path = path;
        _lock = heldLock;
    }

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Makes a new one. Nothing is left when that fails.</summary>
    /// <param name="temp">The directory to make it in.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="IOException">The directory is missing, too deep, full, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    /// <exception cref="ArgumentException">Its path is malformed, or the size of files is limited.</exception>
    public static SocketFolder Create(string temp)
    {
        // Of the path as the socket will see it: a relative one would mean another directory in the worker.
        var parent = System.IO.Path.GetFullPath(temp);
        if (!Directory.Exists(parent))
        {
            throw new DirectoryNotFoundException("It does not exist.");
        }

        var name = "cluster-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(6));
        var path = System.IO.Path.Combine(parent, name);
        var excess = Encoding.UTF8.GetByteCount(path + "/" + NewSocketName()) - MaxSocketPath;
        if (excess > 0)
        {
            throw new PathTooLongException($"Its path is {excess} bytes too long: the path of a socket may have {MaxSocketPath} bytes.");
        }

        // The lock is taken before the folder has the name that sweepers look at.
        var unfinished = System.IO.Path.Combine(parent, "." + name);
        Directory.CreateDirectory(unfinished, OwnerOnly);
        FileStream? held = null;
        try
        {
            // Without a buffer, which would fail a second time when it is disposed.
            held = new FileStream(System.IO.Path.Combine(unfinished, LockName), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            held.Write(Marker);
            Directory.Move(unfinished, path);
            return new SocketFolder(path, held);
        }
        catch
        {
            held?.Dispose();
            File.Delete(System.IO.Path.Combine(unfinished, LockName));
            Directory.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Removes what processes of this user that have died without doing so have left in a directory.</summary>
    /// <param name="temp">The directory.</param>
    public static void Sweep(string temp)
    {
        foreach (var path in List(temp).Where(path => FolderName().IsMatch(System.IO.Path.GetFileName(path)) && IsOwnFolder(path)))
        {
            try
            {
                SweepOne(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use, with something of the user's in it, or swept by another process at this moment.
            }
        }
    }

    /// <summary>A path for a socket in it.</summary>
    /// <returns>The path, which nobody can guess.</returns>
    public string NewSocketPath() => System.IO.Path.Combine(Path, NewSocketName());

    /// <summary>Lets go of it and removes it, which is harmless when it has been removed meanwhile.</summary>
    /// <exception cref="IOException">It could not be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public void Remove()
    {
        // After a failure as well, so that the next process can sweep the rest.
        using (_lock)
        {
            if (IsOwnFolder(Path))
            {
                Empty(Path);
            }
        }
    }

    private static string NewSocketName() => Convert.ToHexString(RandomNumberGenerator.GetBytes(8));

    /// <summary>The entries of a directory. One that may be used and not listed has nothing that can be swept.</summary>
    private static string[] List(string directory)
    {
        try
        {
            return Directory.GetFileSystemEntries(directory, "*cluster-*");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether a path is a folder, and no link to one, that only this user could have put something into.</summary>
    private static bool IsOwnFolder(string path) =>
        UnixFile.Look(path) is { Kind: UnixFileKind.Directory, Mode: OwnerOnly, IsOwn: true };

    private static bool IsOwn(string path, UnixFileKind kind) =>
        UnixFile.Look(path) is { IsOwn: true } file && file.Kind == kind;

    private static void SweepOne(string path)
    {
        var lockFile = System.IO.Path.Combine(path, LockName);
        if (IsOwn(lockFile, UnixFileKind.Regular))
        {
            // A living owner holds the lock, and this throws.
            using var held = new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            if (HasMarker(held) || (held.Length == 0 && IsLeftUnfinished(path)))
            {
                Empty(path);
            }
        }
        else if (IsLeftUnfinished(path))
        {
            // Only an empty one can be removed.
            Directory.Delete(path);
        }
    }

    private static bool HasMarker(FileStream file)
    {
        var start = new byte[Marker.Length];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.AsSpan().SequenceEqual(Marker);
    }

    private static bool IsLeftUnfinished(string path) =>
        System.IO.Path.GetFileName(path).StartsWith('.') && DateTime.UtcNow - Directory.GetLastWriteTimeUtc(path) > UnfinishedAge;

    /// <summary>Removes a proved folder with the sockets and the lock in it, and nothing else.</summary>
    private static void Empty(string path)
    {
        var lockFile = System.IO.Path.Combine(path, LockName);
        string? foreign = null;
        foreach (var entry in Directory.GetFileSystemEntries(path))
        {
            if (SocketName().IsMatch(System.IO.Path.GetFileName(entry)) && IsOwn(entry, UnixFileKind.Socket))
            {
                File.Delete(entry);
            }
            else if (entry != lockFile || !IsOwn(entry, UnixFileKind.Regular))
            {
                foreign = entry;
            }
        }

        if (foreign is not null)
        {
            throw new IOException($"It holds '{System.IO.Path.GetFileName(foreign)}', which this module did not make.");
        }

        File.Delete(lockFile);
        Directory.Delete(path);
    }

    [GeneratedRegex(@"\A\.?cluster-[0-9A-F]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FolderName();

    [GeneratedRegex(@"\A[0-9A-F]{16}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SocketName();
}
