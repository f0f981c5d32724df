using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;

namespace Cluster.Ports;

/// <summary>A connection that the master has accepted and keeps until a worker has taken it.</summary>
/// <param name="Id">Counts the connections of the master.</param>
/// <param name="Socket">The master's copy.</param>
/// <param name="Expires">Until when it waits for a worker.</param>
internal sealed record AcceptedConnection(long Id, Socket Socket, Deadline Expires)
{
    /// <summary>Whether it has had to wait for a worker.</summary>
    public bool WasQueued { get; set; }

    /// <summary>Where it comes from; null if it has gone already.</summary>
    public EndPoint? Remote
    {
        get
        {
            try
            {
                return Socket.RemoteEndPoint;
            }
            catch (SocketException)
            {
                return null;
            }
        }
    }
}
