using System.Buffers.Binary;
using System.Net.Sockets;

namespace Cluster.Net;

/// <summary>
/// How much a connection has received, as the system counts it: on a slow connection a large message takes longer than the silence
/// after which a server counts as dead. Linux only.
/// </summary>
internal static class ReceivedBytes
{
    // tcp(7): struct tcp_info, since Linux 4.1.
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const int BytesReceived = 128;
    private const int InfoBytes = BytesReceived + sizeof(ulong);

    /// <summary>Whether the system tells.</summary>
    public static bool IsKnown => OperatingSystem.IsLinux();

    /// <summary>Asks the system.</summary>
    /// <param name="socket">The connection's socket, or null.</param>
    /// <returns>The bytes since the connection was made; 0 when it is not known.</returns>
    public static ulong Of(Socket? socket)
    {
        if (socket is null || !IsKnown)
        {
            return 0;
        }

        Span<byte> info = stackalloc byte[InfoBytes];
        try
        {
            return socket.GetRawSocketOption(TcpLevel, TcpInfo, info) == InfoBytes ? BinaryPrimitives.ReadUInt64LittleEndian(info[BytesReceived..]) : 0;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection has just ended.
            return 0;
        }
    }
}
