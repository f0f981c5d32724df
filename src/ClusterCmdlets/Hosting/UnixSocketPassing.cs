using System.ComponentModel;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// Sends and receives descriptors over a Unix socket: SCM_RIGHTS of unix(7), by sendmsg(2) and recvmsg(2). What arrives is closed
/// in programs that this process starts: at once on Linux, a moment later on macOS, which has no flag for it.
/// </summary>
internal static unsafe partial class UnixSocketPassing
{
    private const int Rights = 1;
    private const int Interrupted = 4;
    private const int Both = 2;
    private const int LinuxNoSignal = 0x4000;
    private const int LinuxCloseOnExec = 0x40000000;

    /// <summary>Room for the ancillary data of one descriptor on every system.</summary>
    private const int MaxControlBytes = 64;

    // sys/socket.h of Linux (generic) and of macOS.
    private static readonly int SocketLevel = OperatingSystem.IsMacOS() ? 0xFFFF : 1;
    private static readonly int DontWait = OperatingSystem.IsMacOS() ? 0x80 : 0x40;

    // EPIPE, ECONNRESET, ENOTCONN, EBADF: nothing can be sent any more. All others are of the moment: no room, no memory, too many descriptors
    // on their way.
    private static readonly int[] Ended = OperatingSystem.IsMacOS() ? [32, 54, 57, 9] : [32, 104, 107, 9];

    // The length of a control header is a size_t on Linux and 32 bits on macOS, and so is the alignment of what follows.
    private static readonly int LengthSize = OperatingSystem.IsMacOS() ? sizeof(int) : sizeof(nuint);
    private static readonly int ControlHeader = LengthSize + (2 * sizeof(int));

    /// <summary>What one descriptor needs, without padding: the kernel closes more of them, for which there is no room.</summary>
    private static readonly int ControlBytes = ControlHeader + sizeof(int);

    /// <summary>Sends bytes, and a descriptor with them.</summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="bytes">The bytes, few enough to be taken at once.</param>
    /// <param name="socket">The socket to send, or null.</param>
    /// <param name="wait">Whether to wait for room.</param>
    /// <returns>False if there was no room.</returns>
    /// <exception cref="IOException">The channel has ended, or the system does not send the socket.</exception>
    public static bool Send(PipeStream pipe, ReadOnlySpan<byte> bytes, Socket? socket, bool wait)
    {
        var control = stackalloc byte[MaxControlBytes];
        new Span<byte>(control, MaxControlBytes).Clear();
        var isHeld = false;
        var isPipeHeld = false;
        var handle = socket?.SafeHandle;
        SafeHandle? pipeHandle = null;
        try
        {
            pipeHandle = pipe.SafePipeHandle;
            pipeHandle.DangerousAddRef(ref isPipeHeld);
            handle?.DangerousAddRef(ref isHeld);
            if (handle is not null)
            {
                WriteLength(control, ControlBytes);
                *(int*)(control + LengthSize) = SocketLevel;
                *(int*)(control + LengthSize + sizeof(int)) = Rights;
                *(int*)(control + ControlHeader) = (int)handle.DangerousGetHandle();
            }

            fixed (byte* data = bytes)
            {
                var vector = new Vector { Base = data, Length = (nuint)bytes.Length };
                var controlSize = handle is null ? 0 : Align(ControlBytes);
                var flags = (OperatingSystem.IsLinux() ? LinuxNoSignal : 0) | (wait ? 0 : DontWait);
                while (true)
                {
                    var sent = Message((int)pipeHandle.DangerousGetHandle(), &vector, handle is null ? null : control, controlSize, flags, isSend: true, out _);
                    if (sent == bytes.Length)
                    {
                        return true;
                    }

                    var error = sent >= 0 ? 0 : Marshal.GetLastPInvokeError();
                    if (error == Interrupted)
                    {
                        continue;
                    }

                    if (!wait && !Ended.Contains(error))
                    {
                        return false;
                    }

                    throw new IOException("A handle could not be sent.", new Win32Exception(error));
                }
            }
        }
        catch (InvalidOperationException exception)
        {
            throw new IOException("A handle could not be sent: it, or the channel, is closed.", exception);
        }
        finally
        {
            Release(handle, isHeld);
            Release(pipeHandle, isPipeHeld);
        }
    }

    /// <summary>Waits for bytes, and the descriptor that comes with them.</summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="bytes">Filled.</param>
    /// <param name="socket">The socket, or null.</param>
    /// <returns>False at the end of the channel.</returns>
    /// <exception cref="IOException">The channel has broken.</exception>
    /// <exception cref="ProtocolException">The channel ends within the bytes.</exception>
    public static bool Receive(PipeStream pipe, Span<byte> bytes, out Socket? socket)
    {
        socket = null;
        var control = stackalloc byte[MaxControlBytes];
        SafeHandle? pipeHandle = null;
        var isHeld = false;
        var filled = 0;
        try
        {
            pipeHandle = pipe.SafePipeHandle;
            pipeHandle.DangerousAddRef(ref isHeld);
            while (filled < bytes.Length)
            {
                nint count;
                int controlSize;
                fixed (byte* data = bytes)
                {
                    var vector = new Vector { Base = data + filled, Length = (nuint)(bytes.Length - filled) };
                    count = Message(
                        (int)pipeHandle.DangerousGetHandle(), &vector, control, ControlBytes, OperatingSystem.IsLinux() ? LinuxCloseOnExec : 0, isSend: false, out controlSize);
                }

                if (count < 0)
                {
                    var error = Marshal.GetLastPInvokeError();
                    if (error == Interrupted)
                    {
                        continue;
                    }

                    throw new IOException("The handle channel has broken.", new Win32Exception(error));
                }

                if (count == 0)
                {
                    return filled == 0 ? false : throw new ProtocolException("The handle channel ends within a record.");
                }

                Take(control, controlSize, ref socket);
                filled += (int)count;
            }

            return true;
        }
        catch (Exception exception)
        {
            socket?.Dispose();
            socket = null;
            if (exception is InvalidOperationException)
            {
                throw new IOException("The handle channel is closed.", exception);
            }

            throw;
        }
        finally
        {
            Release(pipeHandle, isHeld);
        }
    }

    /// <summary>Ends a pipe for both sides; a thread that reads it wakes.</summary>
    /// <param name="pipe">The pipe.</param>
    public static void Shutdown(PipeStream pipe)
    {
        SafeHandle? handle = null;
        var isHeld = false;
        try
        {
            handle = pipe.SafePipeHandle;
            handle.DangerousAddRef(ref isHeld);
            _ = ShutdownSocket((int)handle.DangerousGetHandle(), Both);
        }
        catch (InvalidOperationException)
        {
            // It has ended, or was never connected.
        }
        finally
        {
            Release(handle, isHeld);
        }
    }

    private static void Take(byte* control, int controlSize, ref Socket? socket)
    {
        if (controlSize < ControlBytes
            || *(int*)(control + LengthSize) != SocketLevel || *(int*)(control + LengthSize + sizeof(int)) != Rights)
        {
            return;
        }

        var descriptor = *(int*)(control + ControlHeader);
        if (!OperatingSystem.IsLinux())
        {
            UnixDescriptor.CloseOnExec(descriptor);
        }

        if (socket is not null)
        {
            UnixDescriptor.Close(descriptor);
            throw new ProtocolException("Two handles came with one record.");
        }

        var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        try
        {
            socket = new Socket(handle);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException or NotSupportedException)
        {
            // Its reader learns that it is missing. Not closed by its handle, which would reset the connection for those who have it too.
            handle.SetHandleAsInvalid();
            UnixDescriptor.Close(descriptor);
        }
    }

    private static int Align(int size) => (size + LengthSize - 1) / LengthSize * LengthSize;

    private static void WriteLength(byte* control, int length)
    {
        if (LengthSize == sizeof(long))
        {
            *(long*)control = length;
        }
        else
        {
            *(int*)control = length;
        }
    }

    private static void Release(SafeHandle? handle, bool isHeld)
    {
        if (isHeld)
        {
            handle!.DangerousRelease();
        }
    }
}
