using System.Net.Sockets;

namespace Cluster.Hosting;

/// <summary>What is wrong when a connection cannot be accepted.</summary>
internal static class AcceptFailure
{
    /// <summary>Whether the next attempt would fail too, so that a pause is due: not when one client had gone.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <returns>False for a fault of this connection alone.</returns>
    public static bool IsLasting(Exception exception) =>
        exception is not SocketException { SocketErrorCode: SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted or SocketError.NotConnected };
}
