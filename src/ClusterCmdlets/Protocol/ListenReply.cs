using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>What became of a <see cref="ListenRequest"/>.</summary>
/// <param name="Number">The request.</param>
/// <param name="Port">The real port, 0 for a Unix socket; null when the master does not listen.</param>
/// <param name="Error">Why it does not, or null.</param>
internal sealed record ListenReply(int Number, int? Port, ClusterException? Error)
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
        return new ListenReply(body.Get<int>("number"), body.GetOptional<int?>("port"), error);
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        ("number", Number),
        ("port", Port),
        ("errorId", Error?.ErrorId),
        ("category", (int)(Error?.Category ?? ErrorCategory.NotSpecified)),
        ("message", Error?.Message),
        ("target", Error?.Target as string),
        ("socketError", (int)((Error?.InnerException as System.Net.Sockets.SocketException)?.SocketErrorCode ?? 0)));
}
