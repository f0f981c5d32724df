using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cluster.Http.Loops;

/// <summary>The calls of Linux that the event loop needs.</summary>
internal static partial class LinuxSockets
{
    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    public const uint Failed = 0x008;
    public const uint HungUp = 0x010;
    public const uint PeerClosed = 0x2000;
    public const uint EdgeTriggered = 1U << 31;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int Interrupted = 4;
    public const int WouldBlock = 11;
    public const int Reset = 104;

    private const int Add = 1;
    private const int Delete = 2;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>struct epoll_event is packed on x86-64 alone.</summary>
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 4 : 8;

    /// <summary>The size of one event.</summary>
    public static int EventSize => DataOffset + 8;

    /// <summary>One of the events that epoll has told.</summary>
    public static unsafe (uint Events, int Handle) Event(byte* events, int index)
    {
        var one = events + (index * EventSize);
        return (Unsafe.ReadUnaligned<uint>(one), Unsafe.ReadUnaligned<int>(one + DataOffset));
    }

    /// <summary>Begins to watch a descriptor.</summary>
    public static unsafe int Watch(int epoll, int handle, uint events)
    {
        var one = stackalloc byte[16];
        new Span<byte>(one, 16).Clear();
        Unsafe.WriteUnaligned(one, events);
        Unsafe.WriteUnaligned(one + DataOffset, handle);
        return EpollControl(epoll, Add, handle, one);
    }

    /// <summary>Ends a watch.</summary>
    public static unsafe void Unwatch(int epoll, int handle)
    {
        var one = stackalloc byte[16];
        _ = EpollControl(epoll, Delete, handle, one);
    }

    /// <summary>Reads without waiting.</summary>
    public static unsafe int Receive(int handle, Span<byte> buffer, out int error)
    {
        fixed (byte* bytes = buffer)
        {
            var count = (int)Receive(handle, bytes, (nuint)buffer.Length, DontWait);
            error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
            return count;
        }
    }

    /// <summary>Writes without waiting.</summary>
    public static unsafe int Send(int handle, ReadOnlySpan<byte> buffer, out int error)
    {
        fixed (byte* bytes = buffer)
        {
            var count = (int)Send(handle, bytes, (nuint)buffer.Length, DontWait | NoSignal);
            error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
            return count;
        }
    }

    /// <summary>Whether the other side of a connection has ended it.</summary>
    public static unsafe bool HasPeerClosed(int handle)
    {
        var question = new PollFd { Handle = handle, Events = (short)PeerClosed };
        return Poll(&question, 1, 0) == 1 && question.Revents != 0;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static unsafe partial int EpollWait(int epoll, byte* events, int count, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static unsafe partial nint Read(int handle, void* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static unsafe partial nint Write(int handle, void* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Close(int handle);

    [LibraryImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Poll(PollFd* questions, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int EpollControl(int epoll, int operation, int handle, byte* one);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Receive(int handle, byte* bytes, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Send(int handle, byte* bytes, nuint count, int flags);

    private struct PollFd
    {
        public int Handle;
        public short Events;
        public short Revents;
    }
}
