using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>What became of a <see cref="ListenRequest"/>.</summary>
/// <param name="Number">The request.</param>
/// <param name="Bound">What the master listens on, with the real address and port; null when it does not. Its other values are not sent.</param>
/// <param name="Error">Why it does not, or null.</param>
internal sealed record ListenReply(int Number, ListenRequest? Bound, ClusterException? Error)
{
    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The reply.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static ListenReply Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        var error = body.GetOptional<string>("errorId") is { } id
            ? new ClusterException(
                id,
                (ErrorCategory)body.Get<int>("category"),
                body.Get<string>("message"),
                body.GetOptional<string>("target"),
                body.Get<int>("socketError") is not 0 and var code ? new System.Net.Sockets.SocketException(code) : null)
            : null;
        var bound = error is null ? new ListenRequest((PortProtocol)body.Get<int>("protocol"), body.Get<string>("address"), body.Get<int>("port")) : null;
        return new ListenReply(body.Get<int>("number"), bound, error);
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        ("number", Number),
        ("protocol", (int)(Bound?.Protocol ?? 0)),
        ("address", Bound?.Address),
        ("port", Bound?.Port ?? 0),
        ("errorId", Error?.ErrorId),
        ("category", (int)(Error?.Category ?? ErrorCategory.NotSpecified)),
        ("message", Error?.Message),
        ("target", Error?.Target as string),
        ("socketError", (int)((Error?.InnerException as System.Net.Sockets.SocketException)?.SocketErrorCode ?? 0)));
}
