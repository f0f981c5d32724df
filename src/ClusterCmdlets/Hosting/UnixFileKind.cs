namespace Cluster.Hosting;

/// <summary>The type of an entry in a Unix file system: the S_IFMT bits of its mode, the same on Linux and macOS.</summary>
internal enum UnixFileKind
{
    /// <summary>Another type, such as a FIFO or a device.</summary>
    Other = 0,

    /// <summary>A directory.</summary>
    Directory = 0x4000,

    /// <summary>A regular file.</summary>
    Regular = 0x8000,

    /// <summary>A symbolic link.</summary>
    Link = 0xA000,

    /// <summary>A socket.</summary>
    Socket = 0xC000,
}
