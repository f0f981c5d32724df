using System.Runtime.InteropServices;

namespace Cluster.Hosting;

/// <content>The functions of the C library, and their structures on Linux and macOS.</content>
internal static unsafe partial class UnixSocketPassing
{
    private static nint Message(int descriptor, Vector* vector, byte* control, int controlSize, int flags, bool isSend, out int receivedControl)
    {
        if (OperatingSystem.IsMacOS())
        {
            var message = new MacHeader { Vectors = vector, VectorCount = 1, Control = control, ControlLength = (uint)controlSize };
            var count = isSend ? SendMessage(descriptor, &message, flags) : ReceiveMessage(descriptor, &message, flags);
            receivedControl = (int)message.ControlLength;
            return count;
        }
        else
        {
            var message = new LinuxHeader { Vectors = vector, VectorCount = 1, Control = control, ControlLength = (nuint)controlSize };
            var count = isSend ? SendMessage(descriptor, &message, flags) : ReceiveMessage(descriptor, &message, flags);
            receivedControl = (int)message.ControlLength;
            return count;
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SendMessage(int socket, void* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReceiveMessage(int socket, void* message, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ShutdownSocket(int socket, int how);

    /// <summary>struct iovec.</summary>
    private struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr of Linux.</summary>
    private struct LinuxHeader
    {
        public void* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct msghdr of macOS.</summary>
    private struct MacHeader
    {
        public void* Name;
        public uint NameLength;
        public Vector* Vectors;
        public int VectorCount;
        public byte* Control;
        public uint ControlLength;
        public int Flags;
    }
}
