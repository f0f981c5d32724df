using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Http;

namespace Cluster.Commands;

/// <summary>
/// In a worker: serves HTTP on a port that all workers share which serve it, with script blocks as handlers, until the worker
/// drains. Needs the ASP.NET Core Runtime of this machine.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "WorkerHttpServer", DefaultParameterSetName = PortSet)]
public sealed class StartWorkerHttpServerCommand : ListenerCommand, IHttpServerHost
{
    /// <summary>What a worker has open at once, unless it is told otherwise: a flood is not to use up its descriptors.</summary>
    private const int DefaultMaxConnections = 10_000;

    /// <summary>Prepares the command.</summary>
    public StartWorkerHttpServerCommand()
    {
        MaxConnections = DefaultMaxConnections;
    }

    /// <summary>Answers the requests that no route takes: <c>{ param($Request) ... }</c>.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? Handler { get; set; }

    /// <summary>Handlers by their routes, in ASP.NET Core's form: <c>'GET /items/{id:int}'</c>, or <c>'/items'</c> for any method.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Route { get; set; } = new Hashtable();

    /// <summary>A folder whose files are served, with <c>index.html</c> for a folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StaticFolder { get; set; }

    /// <summary>What every path begins with, such as <c>/api</c>. Handlers and routes do not see it.</summary>
    [Parameter]
    [ValidatePattern("^/.*[^/]$")]
    public string? Prefix { get; set; }

    /// <summary>
    /// Each object that a handler writes is sent as it comes: texts as they are, others as lines of JSON. If its first output is a
    /// <c>New-HttpResponse</c> of the type text/event-stream, as server-sent events.
    /// </summary>
    [Parameter]
    public SwitchParameter Stream { get; set; }

    /// <summary>
    /// How many requests are handled at once. More than 1: each on a thread with a runspace of its own, that knows the modules of the
    /// worker and <c>$using:</c> values, but neither functions nor variables of the script.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ConcurrentRequests { get; set; } = 1;

    /// <summary>How many seconds a handler may take. Then the client is answered with 503, and the handler stopped.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.01, 86400.0)]
    public double RequestTimeoutSec { get; set; }

    /// <summary>The certificate for HTTPS, with its private key.</summary>
    [Parameter]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The file of the certificate for HTTPS: PFX, or PEM with the certificates between it and its root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CertificatePath { get; set; }

    /// <summary>The file of the private key, if it is not in that of the certificate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CertificateKeyPath { get; set; }

    /// <summary>The password of the certificate's file, or of the key's.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>The thumbprint of a certificate in the store of the user or of the machine.</summary>
    [Parameter]
    [ValidatePattern("^[0-9A-Fa-f]{40}$")]
    public string? CertificateThumbprint { get; set; }

    /// <summary>Compresses answers for clients that take it. Leave it out where secrets and a stranger's text share an answer over HTTPS.</summary>
    [Parameter]
    public SwitchParameter Compression { get; set; }

    /// <summary>The largest body of a request in bytes. Larger ones are answered with 413.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaxRequestBodySize { get; set; } = 30_000_000;

    /// <summary>How many seconds the headers of a request may take.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.1, 86400.0)]
    public double RequestHeadersTimeoutSec { get; set; } = 30;

    /// <summary>How many seconds a connection may be idle between requests.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.1, 86400.0)]
    public double KeepAliveTimeoutSec { get; set; } = 130;

    /// <summary>A file that gets a line in the combined log format for each request. Give each worker its own, with <c>$ClusterWorker.Slot</c> in its name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AccessLog { get; set; }

    /// <summary>A path, such as <c>/health</c>, that is answered without the handler: with 200, and with 503 when the worker drains. The whole path: <c>-Prefix</c> is not put before it.</summary>
    [Parameter]
    [ValidatePattern("^/")]
    public string? HealthPath { get; set; }

    /// <inheritdoc/>
    bool IHttpServerHost.IsStopping => Stopping;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            if (!IsWorker)
            {
                throw NotAWorker();
            }

            using var server = HttpLibrary.Create(Options(), this);
            var listener = Listen();
            try
            {
                server.Serve(listener, StopToken);
            }
            finally
            {
                listener.Stop();
            }
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    private HttpServerOptions Options()
    {
        if (Handler is null && Route.Count == 0 && StaticFolder is null)
        {
            throw new ClusterException(ClusterErrorId.HttpServerInvalid, ErrorCategory.InvalidArgument, "Give the server something to answer with: -Handler, -Route or -StaticFolder.");
        }

        var certificate = new HttpCertificate(FilePath)
        {
            Given = Certificate, Path = CertificatePath, KeyPath = CertificateKeyPath, Password = CertificatePassword, Thumbprint = CertificateThumbprint,
        };
        var (own, chain) = certificate.Load();
        return new HttpServerOptions
        {
            Handler = Handler is null ? null : HandlerOf(null, Handler),
            Routes = [.. Route.Cast<DictionaryEntry>().Select(item => HandlerOf(item.Key.ToString()!, item.Value))],
            StaticFolder = StaticFolder is null ? null : FolderPath(StaticFolder),
            Prefix = Prefix,
            Stream = Stream,
            ConcurrentRequests = ConcurrentRequests,
            RequestTimeout = RequestTimeoutSec > 0 ? TimeSpan.FromSeconds(RequestTimeoutSec) : Timeout.InfiniteTimeSpan,
            Certificate = own,
            CertificateChain = chain,
            Compression = Compression,
            MaxRequestBodySize = MaxRequestBodySize,
            RequestHeadersTimeout = TimeSpan.FromSeconds(RequestHeadersTimeoutSec),
            KeepAliveTimeout = TimeSpan.FromSeconds(KeepAliveTimeoutSec),
            AccessLog = AccessLog is null ? null : FilePath(AccessLog),
            HealthPath = HealthPath,
        };
    }

    private HttpHandler HandlerOf(string? pattern, object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) is ScriptBlock block
        ? new HttpHandler(pattern, block, block.ToString(), ConcurrentRequests > 1 ? UsingExpressions.Evaluate(block.Ast, SessionState) : [])
        : throw new ClusterException(ClusterErrorId.RouteInvalid, ErrorCategory.InvalidArgument, $"The handler of the route '{pattern}' is not a script block.", pattern);

    private string FilePath(string path)
    {
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return provider.Name == "FileSystem" ? full : throw new ClusterException(
            ClusterErrorId.HttpServerInvalid, ErrorCategory.InvalidArgument, $"'{path}' is not in the file system.", path);
    }

    private string FolderPath(string path)
    {
        var full = FilePath(path);
        return Directory.Exists(full) ? full : throw new ClusterException(
            ClusterErrorId.DirectoryNotFound, ErrorCategory.ObjectNotFound, $"There is no folder '{path}'.", path);
    }
}
