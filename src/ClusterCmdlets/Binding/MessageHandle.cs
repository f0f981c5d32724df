using System.Management.Automation;
using System.Net.Sockets;
using Cluster.Api;
using Cluster.Contracts;

namespace Cluster.Binding;

/// <summary>What <c>-Handle</c> takes: a socket, or an object that holds one.</summary>
internal sealed class MessageHandle
{
    private readonly Action _close;

    private MessageHandle(Socket socket, Action close)
    {
        Socket = socket;
        _close = close;
    }

    /// <summary>The socket.</summary>
    public Socket Socket { get; }

    /// <summary>Finds the socket of an object.</summary>
    /// <param name="value">The object, as the user gave it.</param>
    /// <param name="isKept">Whether the sender keeps its copy.</param>
    /// <returns>The socket, and how the object is closed.</returns>
    /// <exception cref="ClusterException">There is none that could be sent.</exception>
    public static MessageHandle Of(object? value, bool isKept)
    {
        var given = value is PSObject wrapped ? wrapped.BaseObject : value;
        var (socket, close) = Find(given);
        if (socket is null or { SafeHandle: { IsClosed: true } or { IsInvalid: true } })
        {
            throw Invalid(given is Socket ? "The socket is closed." : $"The socket of the {given!.GetType().Name} is closed.", given);
        }

        if (!isKept && IsUnixListener(socket))
        {
            throw Invalid("A Unix socket that listens is deleted with its sender's copy, so nobody could connect any more. Send it with -KeepHandle.", given);
        }

        return new MessageHandle(socket, close);
    }

    /// <summary>Closes the sender's copy.</summary>
    public void Close() => _close();

    private static (Socket? Socket, Action Close) Find(object? given) => given switch
    {
        ClusterConnection connection => (connection.Socket, connection.GiveAway),
        ClusterListener { Socket: null, IsListening: true } listener => throw Invalid(
            $"The master accepts the connections of {listener}, so there is no socket of it here. Send its connections, or open it with -Scheduling Shared or -Exclusive.", given),
        ClusterListener listener => (listener.Socket, listener.Stop),
        Socket socket => (socket, socket.Dispose),
        TcpClient client => (client.Client, () => Close(client.Client, client)),
        TcpListener listener => (listener.Server, listener.Stop),
        UdpClient client => (client.Client, () => Close(client.Client, client)),
        _ => throw Invalid(
            $"{(given is null ? "Null" : $"An object of type {given.GetType()}")} cannot be sent with a message. -Handle takes a ClusterConnection, a ClusterListener, a Socket, a TcpClient, a TcpListener or a UdpClient.", given),
    };

    /// <summary>The socket first: the object that holds it would end the connection for the receiver too.</summary>
    private static void Close(Socket socket, IDisposable holder)
    {
        socket.Dispose();
        holder.Dispose();
    }

    private static bool IsUnixListener(Socket socket)
    {
        try
        {
            return socket.AddressFamily == AddressFamily.Unix && socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is not 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static ClusterException Invalid(string message, object? given) => new(ClusterErrorId.HandleInvalid, ErrorCategory.InvalidArgument, message, given);
}
