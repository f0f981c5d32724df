using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Hosting;

/// <summary>Makes the sockets of ports, and says what the system has against them. Stateless.</summary>
internal static class PortSocket
{
    /// <summary>The longest path of a Unix socket, in bytes: what macOS has, which is four fewer than Linux.</summary>
    private const int MaxPathBytes = 103;

    /// <summary>Binds a socket, and listens if it is not of UDP.</summary>
    /// <param name="request">What to bind.</param>
    /// <returns>The socket, close-on-exec.</returns>
    /// <exception cref="ClusterException">The system refuses it.</exception>
    public static Socket Open(ListenRequest request)
    {
        if (request.Protocol == PortProtocol.Inherited)
        {
            return InheritedSocket.Take(request);
        }

        Socket? socket = null;
        try
        {
            socket = New(request);
            if (request.ReusePort)
            {
                AllowReuse(socket);
            }

            socket.Bind(request.Protocol == PortProtocol.Unix ? new UnixDomainSocketEndPoint(PathFor(request.Address)) : new IPEndPoint(IPAddress.Parse(request.Address), request.Port));
            if (request is { Protocol: PortProtocol.Unix, SocketMode: >= 0 } && !OperatingSystem.IsWindows())
            {
                // Before it listens: nobody can connect until then.
                File.SetUnixFileMode(request.Address, (UnixFileMode)request.SocketMode);
            }

            if (request.Protocol != PortProtocol.Udp)
            {
                socket.Listen(request.Backlog);
            }

            return socket;
        }
        catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            socket?.Dispose();
            throw Refused(request, exception);
        }
    }

    /// <summary>The error of a code of the system.</summary>
    /// <param name="request">What could not be bound.</param>
    /// <param name="code">The code.</param>
    /// <param name="detail">What the system says; null for its text of the code.</param>
    /// <returns>The error, with a <see cref="SocketException"/> as its cause.</returns>
    public static ClusterException Refused(ListenRequest request, SocketError code, string? detail = null)
    {
        var cause = new SocketException((int)code);
        var where = PortName.Of(request);
        var (id, category, message) = code switch
        {
            SocketError.AddressAlreadyInUse =>
                (ClusterErrorId.AddressInUse, ErrorCategory.ResourceExists, $"{where} is in use by another program, or by another listener of this cluster. Stop that, or choose another port."),
            SocketError.AccessDenied =>
                (ClusterErrorId.AccessDenied, ErrorCategory.PermissionDenied, $"This user may not listen on {where}. Ports below 1024 need permission from the system; a Unix socket needs a directory that can be written to."),
            SocketError.AddressNotAvailable when request.Protocol == PortProtocol.Unix =>
                (ClusterErrorId.AddressNotAvailable, ErrorCategory.ObjectNotFound, $"The directory of the socket {where} does not exist. Create it first."),
            SocketError.AddressNotAvailable =>
                (ClusterErrorId.AddressNotAvailable, ErrorCategory.InvalidArgument, $"This machine does not have the address of {where}."),
            _ => (ClusterErrorId.ListenFailed, ErrorCategory.OpenError, $"Cannot listen on {where}: {detail ?? cause.Message}"),
        };
        return new ClusterException(id, category, message, where, cause);
    }

    /// <summary>Removes the file of a Unix socket that is not used any more.</summary>
    /// <param name="request">What was bound.</param>
    public static void Remove(ListenRequest request)
    {
        if (request.Protocol == PortProtocol.Unix)
        {
            try
            {
                File.Delete(request.Address);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Its folder has gone or was closed to this user. The socket is closed, which is what counts; a file that stays is taken
                // for what it is when somebody listens there again.
            }
        }
    }

    /// <summary>The error of a failed attempt.</summary>
    /// <param name="request">What could not be bound.</param>
    /// <param name="failure">What was thrown.</param>
    /// <returns>The error.</returns>
    private static ClusterException Refused(ListenRequest request, Exception failure) => failure switch
    {
        SocketException socket => Refused(request, socket.SocketErrorCode, socket.Message),
        UnauthorizedAccessException => Refused(request, SocketError.AccessDenied),
        ArgumentException => new ClusterException(ClusterErrorId.AddressInvalid, ErrorCategory.InvalidArgument, $"Cannot listen on {request.Address}: {failure.Message}", request.Address, failure),
        _ => Refused(request, SocketError.SocketError, failure.Message),
    };

    /// <summary>SO_REUSEPORT, which .NET has no name for: asm-generic/socket.h of Linux, sys/socket.h of macOS.</summary>
    private static void AllowReuse(Socket socket)
    {
        var (level, option) = OperatingSystem.IsLinux() ? (1, 15) : OperatingSystem.IsMacOS() ? (0xFFFF, 0x200)
            : throw new SocketException((int)SocketError.OperationNotSupported);
        socket.SetRawSocketOption(level, option, BitConverter.GetBytes(1));
    }

    private static Socket New(ListenRequest request)
    {
        if (request.Protocol == PortProtocol.Unix)
        {
            RemoveStale(request.Address);
            return new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        }

        var family = IPAddress.Parse(request.Address).AddressFamily;
        var socket = request.Protocol == PortProtocol.Udp
            ? new Socket(family, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = !request.IPv6Only;
        }

        if (OperatingSystem.IsWindows() && request.Protocol == PortProtocol.Udp)
        {
            // SIO_UDP_CONNRESET: a client that has gone is not an error of the next receive.
            socket.IOControl(unchecked((int)0x9800000C), [0], null);
        }

        if (OperatingSystem.IsWindows())
        {
            // Elsewhere nobody can take a port that somebody listens on; there only if this is said.
            socket.ExclusiveAddressUse = true;
        }

        return socket;
    }

    /// <summary>The path as it is, or from the current directory if only that is short enough.</summary>
    private static string PathFor(string path)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
        {
            var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
            if (System.Text.Encoding.UTF8.GetByteCount(relative) > MaxPathBytes)
            {
                throw new ArgumentException($"The path of a Unix socket may have {MaxPathBytes} bytes.");
            }

            return relative;
        }

        return path;
    }

    /// <summary>A program that was killed leaves the file of its socket behind. Nobody listens on it, and no other program uses it up.</summary>
    private static void RemoveStale(string path)
    {
        if (UnixFile.Look(path) is not { Kind: UnixFileKind.Socket, IsOwn: true })
        {
            return;
        }

        // Never waits: where somebody listens, all places may be taken.
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(PathFor(path)));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            // What is wrong with it shows when it is bound.
        }
    }
}
