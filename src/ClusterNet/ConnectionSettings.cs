using System.Globalization;
using System.Threading.Channels;
using Cluster.Machines;
using NATS.Client.Core;

namespace Cluster.Net;

/// <summary>How the library is told what <see cref="MessageBusOptions"/> say.</summary>
internal static class ConnectionSettings
{
    /// <summary>The port of message servers, where an address has none.</summary>
    private const int DefaultPort = 4222;

    /// <summary>
    /// What the library may hold that has not been given to the system: it goes out late, after a lost connection. Small, so that the end of
    /// a wait for it shows that a slow connection makes progress.
    /// </summary>
    private const int WriterBufferBytes = 128 * 1024;

    /// <summary>Makes the settings.</summary>
    /// <param name="options">What is wanted.</param>
    /// <param name="trust">Which server is accepted.</param>
    /// <param name="log">Takes failures.</param>
    /// <returns>The library's settings.</returns>
    public static NatsOpts Of(MessageBusOptions options, ServerTrust trust, FailureLog log) => new()
    {
        Url = string.Join(',', options.Servers.Select(Address)),
        Name = options.ConnectionName,
        LoggerFactory = log,
        AuthOpts = new NatsAuthOpts { Username = options.UserName, Password = options.Password, CredsFile = options.CredentialPath },
        TlsOpts = new NatsTlsOpts
        {
            Mode = NeedsTls(options) ? TlsMode.Require : TlsMode.Prefer,
            CertFile = options.CertificatePath,
            KeyFile = options.CertificatePath,
            ConfigureClientAuthentication = authentication =>
            {
                authentication.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => trust.Accepts(certificate, chain, errors);
                return default;
            },
        },
        RequestReplyMode = NatsRequestReplyMode.Direct,
        WriterBufferSize = WriterBufferBytes,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        ReconnectWaitMin = TimeSpan.FromMilliseconds(100),
        ReconnectWaitMax = TimeSpan.FromSeconds(1),
        ReconnectJitter = TimeSpan.FromMilliseconds(50),
        MaxReconnectRetry = -1,
        // A server that is being set up anew may refuse for a while.
        IgnoreAuthErrorAbort = true,
        // ConnectionWatch asks: the library's own timer ends for ever when a ping cannot be written, and takes a slow connection for a dead one.
        PingInterval = TimeSpan.Zero,
        // A slow connection may take long for what waits.
        CommandTimeout = TimeSpan.FromSeconds(30),
        SubPendingChannelFullMode = BoundedChannelFullMode.Wait,
    };

    /// <summary>An address without credentials, paths or anything else that may be in a URI.</summary>
    /// <param name="server">The address as it was given.</param>
    /// <returns>The address for the library and for messages.</returns>
    public static string Address(Uri server) =>
        string.Create(CultureInfo.InvariantCulture, $"{server.Scheme}://{server.Host}:{(server.Port > 0 ? server.Port : DefaultPort)}");

    private static bool NeedsTls(MessageBusOptions options) =>
        options.CertificatePin is not null || options.AuthorityPath is not null || options.CertificatePath is not null
        || options.Servers.Any(server => server.Scheme.Equals("tls", StringComparison.OrdinalIgnoreCase));
}
