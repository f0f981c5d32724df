using System.Globalization;
using System.Management.Automation;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Hosting;

/// <summary>
/// Takes over a listening socket that a service manager has opened and left to this process as a descriptor: the way of
/// sd_listen_fds(3). Unix only.
/// </summary>
internal static class InheritedSocket
{
    /// <summary>Takes a socket over; programs that this process starts do not have it any more.</summary>
    /// <param name="request">The descriptor is its port.</param>
    /// <returns>The socket.</returns>
    /// <exception cref="ClusterException">It is no listening socket.</exception>
    public static Socket Take(ListenRequest request)
    {
        var descriptor = request.Port;
        try
        {
            if (OperatingSystem.IsWindows())
            {
                throw new SocketException((int)SocketError.OperationNotSupported);
            }

            // Looked at without owning it: what is no socket may be something that this process needs.
            using (var probe = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false)))
            {
                if (probe.SocketType != SocketType.Stream || (int)probe.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! == 0)
                {
                    throw new SocketException((int)SocketError.InvalidArgument);
                }
            }

            UnixDescriptor.CloseOnExec(descriptor);
            return new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        }
        catch (SocketException exception)
        {
            throw new ClusterException(
                ClusterErrorId.AddressInvalid,
                ErrorCategory.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"Descriptor {descriptor} of the master's process is not a listening socket: {exception.Message}"),
                descriptor.ToString(CultureInfo.InvariantCulture),
                exception);
        }
    }
}
