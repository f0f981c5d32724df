using System.Net;

namespace Cluster.Api;

/// <summary>A datagram that has come in on a port of UDP. Immutable.</summary>
public sealed class ClusterDatagram
{
    internal ClusterDatagram(byte[] bytes, EndPoint remoteEndPoint)
    {
        Bytes = bytes;
        RemoteEndPoint = remoteEndPoint;
    }

    /// <summary>What it says.</summary>
    public IReadOnlyList<byte> Bytes { get; }

    /// <summary>Who has sent it, and gets an answer by the <c>Send</c> method of the listener.</summary>
    public EndPoint RemoteEndPoint { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Bytes.Count} bytes from {RemoteEndPoint}";
}
