using System.Management.Automation;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Cluster.Contracts;
using Cluster.Machines;
using NATS.Client.Core;

namespace Cluster.Net;

/// <summary>What a failed first connection means for the user.</summary>
internal static class ConnectFailure
{
    /// <summary>Makes the error.</summary>
    /// <param name="options">What was wanted.</param>
    /// <param name="cause">What the library says.</param>
    /// <param name="hasReached">Whether a server was reached: then it, or this side, has refused.</param>
    /// <returns>The error.</returns>
    public static ClusterException Of(MessageBusOptions options, Exception cause, bool hasReached)
    {
        var causes = Chain(cause).ToArray();
        if (causes.FirstOrDefault(IsOfFiles) is { } file)
        {
            return OfSettings(options, file);
        }

        var servers = string.Join(", ", options.Servers.Select(ConnectionSettings.Address));
        if (causes.OfType<NatsServerException>().FirstOrDefault() is { } refusal)
        {
            return Refused(servers, $"does not let this side in: {refusal.Error}. Check the ticket, the user or the credential.", cause);
        }

        if (causes.OfType<AuthenticationException>().FirstOrDefault() is { } distrust)
        {
            return Refused(
                servers,
                options.CertificatePin is null
                    ? $"has a certificate that is not trusted ({distrust.Message}). Name the file of its authority, or use a ticket."
                    : "has another certificate than the ticket names. Ask for a new ticket; if nobody has changed the server, somebody stands in between.",
                cause);
        }

        if (hasReached)
        {
            return Refused(servers, $"was reached, and the connection failed: {causes[^1].Message.TrimEnd('.')}. Is it a message server, and does it want TLS or a certificate?", cause);
        }

        var reason = causes.OfType<SocketException>().FirstOrDefault()?.Message ?? causes[^1].Message;
        return new ClusterException(
            ClusterErrorId.ServerUnreachable,
            ErrorCategory.ConnectionError,
            $"The message server {servers} cannot be reached: {reason.TrimEnd('.')}. Check the address, that the server runs, and that no firewall is between.",
            servers,
            cause);
    }

    /// <summary>Makes the error for a file or a pin that cannot be used.</summary>
    /// <param name="options">What was wanted.</param>
    /// <param name="cause">Why not.</param>
    /// <returns>The error.</returns>
    public static ClusterException OfSettings(MessageBusOptions options, Exception cause) =>
        new(
            ClusterErrorId.ServerRefused,
            ErrorCategory.AuthenticationError,
            $"The credential for the message server cannot be used: {cause.Message}",
            string.Join(", ", options.Servers.Select(ConnectionSettings.Address)),
            cause);

    private static bool IsOfFiles(Exception exception) =>
        exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    private static ClusterException Refused(string servers, string reason, Exception cause) =>
        new(ClusterErrorId.ServerRefused, ErrorCategory.AuthenticationError, $"The message server {servers} {reason}", servers, cause);

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var next = exception; next is not null; next = next.InnerException)
        {
            yield return next;
        }
    }
}
