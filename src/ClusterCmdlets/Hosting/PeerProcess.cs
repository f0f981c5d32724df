using System.Buffers.Binary;
using System.ComponentModel;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Cluster.Hosting;

/// <summary>Asks the operating system which process is at the other end of a pipe.</summary>
internal static partial class PeerProcess
{
    // Linux: getsockopt(SOL_SOCKET, SO_PEERCRED) gives struct ucred { pid, uid, gid } (unix(7)).
    private const int LinuxSocketLevel = 1;
    private const int LinuxPeerCredentials = 17;

    // macOS: getsockopt(SOL_LOCAL, LOCAL_PEERPID) gives a pid_t (sys/un.h).
    private const int MacLocalLevel = 0;
    private const int MacPeerPid = 2;

    /// <summary>The id of the process that has connected to a pipe server.</summary>
    /// <param name="pipe">A connected server.</param>
    /// <returns>The process id.</returns>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static int GetClientProcessId(NamedPipeServerStream pipe)
    {
        if (OperatingSystem.IsWindows())
        {
            return GetNamedPipeClientProcessId(pipe.SafePipeHandle, out var id)
                ? (int)id
                : throw new IOException("The pipe's client is unknown.", new Win32Exception(Marshal.GetLastPInvokeError()));
        }

        using var handle = new SafeSocketHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        using var socket = new Socket(handle);
        Span<byte> credentials = stackalloc byte[12];
        if (OperatingSystem.IsMacOS())
        {
            socket.GetRawSocketOption(MacLocalLevel, MacPeerPid, credentials[..4]);
        }
        else
        {
            socket.GetRawSocketOption(LinuxSocketLevel, LinuxPeerCredentials, credentials);
        }

        return BinaryPrimitives.ReadInt32LittleEndian(credentials);
    }

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial bool GetNamedPipeClientProcessId(SafeHandle pipe, out uint clientProcessId);
}
