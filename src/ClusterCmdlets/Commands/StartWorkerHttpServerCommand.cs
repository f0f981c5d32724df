using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Http;

namespace Cluster.Commands;

/// <summary>
/// <para>Serves HTTP in a worker, with script blocks as handlers, until the worker drains. All workers that serve the same
/// port share it.</para>
/// <para>What a handler writes is the answer: a text as it is, bytes as they are, other objects as JSON, nothing as status
/// 204. <c>New-HttpResponse</c> gives it a status, headers, a file, a stream or a redirect.</para>
/// </summary>
/// <remarks>
/// <para>For the scripts of workers. It needs the ASP.NET Core Runtime on this machine, in the major version of the .NET that
/// PowerShell runs on; the error <c>AspNetCoreMissing</c> says what to install.</para>
/// <para>An uncaught error in a handler is answered with status 500 and no text; the error appears in the worker's error
/// stream.</para>
/// <para>One request at a time is handled in a worker unless <c>-ConcurrentRequests</c> says otherwise. A worker that drains
/// answers what it has and closes each connection behind its answer.</para>
/// </remarks>
/// <seealso cref="NewHttpResponseCommand"/>
/// <seealso cref="NewClusterListenerCommand"/>
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

    /// <summary>Answers the requests that match no route: <c>{ param($Request) ... }</c>.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? Handler { get; set; }

    /// <summary>
    /// Handlers by their routes, in ASP.NET Core's form: <c>'GET /items/{id:int}'</c>, or <c>'/items'</c> for any method.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Route { get; set; } = new Hashtable();

    /// <summary>A folder whose files are served, with <c>index.html</c> for a folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StaticFolder { get; set; }

    /// <summary>The beginning of every path, such as <c>/api</c>. Handlers and routes do not see it.</summary>
    [Parameter]
    [ValidatePattern("^/.*[^/]$")]
    public string? Prefix { get; set; }

    /// <summary>
    /// Sends each object that a handler writes as soon as it is written: texts as they are, others as lines of JSON. If the
    /// first output is a <c>New-HttpResponse</c> of the type text/event-stream, as server-sent events.
    /// </summary>
    [Parameter]
    public SwitchParameter Stream { get; set; }

    /// <summary>
    /// How many requests are handled at once. With more than 1, each is handled in a runspace of its own, which knows the
    /// modules of the worker and <c>$using:</c> values, but neither functions nor variables of the script. Default: 1.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ConcurrentRequests { get; set; } = 1;

    /// <summary>
    /// How long a handler may take, in seconds. Then the client is answered with 503 and the handler is stopped. Default: no
    /// limit.
    /// </summary>
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

    /// <summary>The file of the private key, if it is not in the certificate's file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CertificateKeyPath { get; set; }

    /// <summary>The password of the certificate's or the key's file.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>The thumbprint of a certificate in the store of the user or of the machine.</summary>
    [Parameter]
    [ValidatePattern("^[0-9A-Fa-f]{40}$")]
    public string? CertificateThumbprint { get; set; }

    /// <summary>
    /// Compresses answers for clients that accept it. Do not use it over HTTPS where an answer holds both a secret and text
    /// that a client has sent.
    /// </summary>
    [Parameter]
    public SwitchParameter Compression { get; set; }

    /// <summary>The largest body of a request, in bytes. Larger ones are answered with 413. Default: 30,000,000.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaxRequestBodySize { get; set; } = 30_000_000;

    /// <summary>How long the headers of a request may take to arrive, in seconds. Default: 30.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.1, 86400.0)]
    public double RequestHeadersTimeoutSec { get; set; } = 30;

    /// <summary>How long a connection may be idle between requests, in seconds. Default: 130.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.1, 86400.0)]
    public double KeepAliveTimeoutSec { get; set; } = 130;

    /// <summary>
    /// A file that gets a line in the combined log format for each request. Give each worker its own, with
    /// <c>$ClusterWorker.Slot</c> in the name.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AccessLog { get; set; }

    /// <summary>
    /// A path, such as <c>/health</c>, that is answered without the handler: with 200, and with 503 while the worker drains.
    /// It is the whole path, without <c>-Prefix</c>.
    /// </summary>
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
