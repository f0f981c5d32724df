using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cluster.Hosting;

/// <summary>
/// What the file system says of an entry on Unix, without opening it and without following links. .NET does not tell
/// who owns a file.
/// </summary>
/// <param name="Kind">Its type.</param>
/// <param name="Owner">The id of the user who owns it.</param>
/// <param name="Mode">Its permissions for owner, group and others.</param>
internal readonly partial record struct UnixFile(UnixFileKind Kind, uint Owner, UnixFileMode Mode)
{
    private const int KindBits = 0xF000;
    private const int PermissionBits = 0x1FF;

    // Linux: statx(2), whose struct is the same on every processor: 256 bytes, uid at 20, mode at 28.
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint KindModeAndOwner = 0x1 | 0x2 | 0x8;
    private const int LinuxBytes = 256;
    private const int LinuxOwner = 20;
    private const int LinuxMode = 28;

    // macOS: struct stat with 64-bit inodes (sys/stat.h): 144 bytes, mode at 4, uid at 16.
    private const int MacBytes = 144;
    private const int MacMode = 4;
    private const int MacOwner = 16;

    /// <summary>Whether it belongs to the user as whom this process acts.</summary>
    public bool IsOwn => Owner == GetEffectiveUser();

    /// <summary>Looks at an entry.</summary>
    /// <param name="path">Its path; the last part is not followed if it is a link.</param>
    /// <returns>What it is; null if it does not exist or the system does not say.</returns>
    public static unsafe UnixFile? Look(string path)
    {
        Span<byte> answer = stackalloc byte[LinuxBytes];
        fixed (byte* buffer = answer)
        {
            try
            {
                if (OperatingSystem.IsLinux())
                {
                    return StatX(CurrentDirectory, path, NoFollow, KindModeAndOwner, buffer) == 0
                        ? Read(BinaryPrimitives.ReadUInt16LittleEndian(answer[LinuxMode..]), BinaryPrimitives.ReadUInt32LittleEndian(answer[LinuxOwner..]))
                        : null;
                }

                if (OperatingSystem.IsMacOS())
                {
                    return MacStat(path, buffer) == 0
                        ? Read(BinaryPrimitives.ReadUInt16LittleEndian(answer[MacMode..]), BinaryPrimitives.ReadUInt32LittleEndian(answer[MacOwner..]))
                        : null;
                }
            }
            catch (EntryPointNotFoundException)
            {
                // A C library from before statx(2). What cannot be proved is left alone.
            }

            return null;
        }
    }

    private static UnixFile Read(ushort mode, uint owner)
    {
        var kind = (UnixFileKind)(mode & KindBits);
        return new UnixFile(Enum.IsDefined(kind) ? kind : UnixFileKind.Other, owner, (UnixFileMode)(mode & PermissionBits));
    }

    private static unsafe int MacStat(string path, byte* buffer) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? MacStat64(path, buffer) : MacStatArm(path, buffer);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int StatX(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int MacStat64(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int MacStatArm(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint GetEffectiveUser();
}
