using System.ComponentModel;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// Sends sockets on Windows: WSADuplicateSocket makes a description that only the given process can open, and it follows the record.
/// <see cref="Socket.DuplicateAndClose"/> does the same but gives up the sender's own copy, which the master keeps until the worker has
/// taken the connection.
/// </summary>
internal static unsafe partial class WindowsSocketPassing
{
    /// <summary>sizeof(WSAPROTOCOL_INFOW).</summary>
    private const int InformationBytes = 628;

    /// <summary>FROM_PROTOCOL_INFO.</summary>
    private const int FromDescription = -1;

    /// <summary>WSA_FLAG_OVERLAPPED.</summary>
    private const uint Overlapped = 1;

    /// <summary>Sends bytes, and the description of a socket behind them.</summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="socket">The socket to send, or null.</param>
    /// <param name="processId">The process that gets it.</param>
    /// <returns>True.</returns>
    /// <exception cref="IOException">The channel has ended, or the system does not send the socket.</exception>
    public static bool Send(PipeStream pipe, ReadOnlySpan<byte> bytes, Socket? socket, int processId)
    {
        Span<byte> all = stackalloc byte[HandleRecord.Size + InformationBytes];
        bytes.CopyTo(all);
        if (socket is not null)
        {
            fixed (byte* information = all[bytes.Length..])
            {
                if (DuplicateSocket(socket.SafeHandle, (uint)processId, information) != 0)
                {
                    throw new IOException("A socket could not be duplicated.", new Win32Exception(Marshal.GetLastPInvokeError()));
                }
            }
        }

        try
        {
            // One write, so that no other record comes between.
            pipe.Write(socket is null ? bytes : all[..(bytes.Length + InformationBytes)]);
            return true;
        }
        catch (Exception exception) when (PipeFailure.Is(exception) && exception is not IOException)
        {
            throw new IOException("The handle channel is closed.", exception);
        }
    }

    /// <summary>Waits for bytes, and the socket that comes behind them.</summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="bytes">Filled; the second byte says whether a socket follows.</param>
    /// <param name="socket">The socket, or null.</param>
    /// <returns>False at the end of the channel.</returns>
    /// <exception cref="IOException">The channel has broken.</exception>
    /// <exception cref="ProtocolException">The channel ends within the bytes.</exception>
    [SupportedOSPlatform("windows")]
    public static bool Receive(PipeStream pipe, Span<byte> bytes, out Socket? socket)
    {
        socket = null;
        try
        {
            var count = pipe.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count == 0)
            {
                return false;
            }

            if (count == bytes.Length && bytes[1] == 1)
            {
                var information = new byte[InformationBytes];
                pipe.ReadExactly(information);
                socket = Open(information);
            }

            return count == bytes.Length ? true : throw new ProtocolException("The handle channel ends within a record.");
        }
        catch (EndOfStreamException exception)
        {
            throw new ProtocolException("The handle channel ends within a record.", exception);
        }
        catch (Exception exception) when (exception is not IOException && PipeFailure.Is(exception))
        {
            return false;
        }
    }

    /// <summary>Not by <see cref="SocketInformation"/>, which does not tell .NET whether the socket is connected or listens: so it asks the system.</summary>
    private static Socket? Open(byte[] information)
    {
        fixed (byte* description = information)
        {
            var descriptor = OpenSocket(FromDescription, FromDescription, FromDescription, description, 0, Overlapped);
            try
            {
                return descriptor == -1 ? null : new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
            }
            catch (Exception exception) when (exception is SocketException or ArgumentException or NotSupportedException)
            {
                // Its reader learns that it is missing.
                return null;
            }
        }
    }

    [LibraryImport("ws2_32.dll", EntryPoint = "WSASocketW", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint OpenSocket(int family, int type, int protocol, byte* description, uint group, uint flags);

    [LibraryImport("ws2_32.dll", EntryPoint = "WSADuplicateSocketW", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int DuplicateSocket(SafeHandle socket, uint processId, byte* information);
}
