using System.Security.Cryptography.X509Certificates;

namespace Cluster.Http;

/// <summary>What a HTTP server is to do.</summary>
internal sealed record HttpServerOptions
{
    /// <summary>Answers what no route answers; null if only routes and files are served.</summary>
    public HttpHandler? Handler { get; init; }

    /// <summary>Handlers with a route each.</summary>
    public IReadOnlyList<HttpHandler> Routes { get; init; } = [];

    /// <summary>A folder whose files are served.</summary>
    public string? StaticFolder { get; init; }

    /// <summary>What every path begins with; requests for others are not found.</summary>
    public string? Prefix { get; init; }

    /// <summary>Whether each object that a handler writes is sent as it comes.</summary>
    public bool Stream { get; init; }

    /// <summary>How many handlers run at once, each on a thread of its own if it is more than one.</summary>
    public int ConcurrentRequests { get; init; } = 1;

    /// <summary>How long a handler may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The certificate, with its private key; null for plain HTTP.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The certificates between it and its root.</summary>
    public X509Certificate2Collection? CertificateChain { get; init; }

    /// <summary>Whether answers are compressed for clients that take it.</summary>
    public bool Compression { get; init; }

    /// <summary>The largest body of a request, in bytes.</summary>
    public long MaxRequestBodySize { get; init; } = 30_000_000;

    /// <summary>How long the headers of a request may take.</summary>
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may be idle between two requests.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>A file that gets a line for each request.</summary>
    public string? AccessLog { get; init; }

    /// <summary>A path that tells whether the worker takes requests, without the handler.</summary>
    public string? HealthPath { get; init; }
}
