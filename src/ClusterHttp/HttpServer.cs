using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Cluster.Contracts;
using Cluster.Http.Handlers;
using Cluster.Http.Loops;
using Cluster.Http.Serving;
using Cluster.Http.Transport;
using Cluster.Worker;
using Cluster.Worker.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cluster.Http;

/// <summary>
/// A HTTP server on a port of this worker: Kestrel, whose connections come from the port and whose requests go to the handlers.
/// </summary>
[SuppressMessage("Design", "CA2213", Justification = "A source without a timer and without a wait handle holds nothing, and may be cancelled late.")]
internal sealed class HttpServer : IHttpServer
{
    private const string SocketsVariable = "CLUSTER_HTTP_SOCKETS";

    private readonly HttpServerOptions _options;
    private readonly IHttpServerHost _host;
    private readonly ConnectionTable _connections;
    private readonly CancellationTokenSource _end = new();
    private readonly HandlerReport _report;
    private readonly ServiceProvider _services;
    private readonly RequestDelegate _way;
    private readonly RunspaceRunner? _runspaces;
    private WorkerListener _listener = null!;
    private HandlerEndpoint _endpoint = null!;
    private ExceptionDispatchInfo? _cause;

    /// <summary>Prepares a server.</summary>
    /// <param name="options">What it is to do.</param>
    /// <param name="host">The command that it runs in.</param>
    public HttpServer(HttpServerOptions options, IHttpServerHost host)
    {
        _options = options;
        _host = host;
        _connections = new ConnectionTable(() => _listener.Open);
        var session = WorkerSession.Current!;
        var streams = new StreamForwarder(session);
        _report = new HandlerReport(streams);
        _services = Middleware.Services(options);
        try
        {
            _way = Health(Middleware.Build(options, _services, (http, handler) => _endpoint.HandleAsync(http, handler)));
            _runspaces = options.ConcurrentRequests > 1 ? new RunspaceRunner(session, options, streams, _report) : null;
        }
        catch
        {
            _services.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether the pipeline thread reads and writes the sockets itself. Not where it would wait: for a client that takes a stream
    /// slowly, or for a handler while an answer that is overdue must be given.
    /// </summary>
    private bool UsesEventLoop => OperatingSystem.IsLinux()
        && _options is { Certificate: null, ConcurrentRequests: 1, Stream: false }
        && _options.RequestTimeout == Timeout.InfiniteTimeSpan
        && Environment.GetEnvironmentVariable(SocketsVariable) is null or "";

    /// <inheritdoc/>
    public void Serve(WorkerListener listener, CancellationToken stop)
    {
        _listener = listener;
        var eventLoop = UsesEventLoop ? new EventLoop() : null;
        using IPipelineLoop loop = eventLoop ?? (IPipelineLoop)new QueueLoop();
        IHandlerRunner runner = _runspaces ?? (IHandlerRunner)new PipelineRunner(loop, _host, _report, OnScriptEnd);
        using var transport = new PortTransport(_listener, eventLoop, runner.WhenFreeAsync);
        using var stopping = stop.Register(_end.Cancel);

        var log = _options.AccessLog is null ? null : new AccessLog(_options.AccessLog);
        var application = new ServerApplication(_way, log, _services.GetRequiredService<IServiceScopeFactory>(), _listener.Draining);
        _endpoint = new HandlerEndpoint(runner, _options, _report, application.CloseIfDraining);
        try
        {
            var life = Task.Run(() => LiveAsync(application, transport, eventLoop, loop), CancellationToken.None);
            Run(loop);
#pragma warning disable VSTHRD002 // It has come to its end: it is what stops the loop.
            life.GetAwaiter().GetResult();
        }
        finally
        {
            log?.DisposeAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }

        _cause?.Throw();
        stop.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runspaces?.Dispose();
        _services.Dispose();
    }

    private static ClusterException Failed(string what, Exception exception) =>
        new(ClusterErrorId.HttpServerFailed, ErrorCategory.OpenError, $"The HTTP server {what}. {exception.Message}", inner: exception);

    /// <summary>Whatever goes wrong in the loop ends the server, but its connections are closed by the loop.</summary>
    private void Run(IPipelineLoop loop)
    {
        while (true)
        {
            try
            {
                loop.Run();
                return;
            }
#pragma warning disable CA1031 // It is thrown at the end.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                OnScriptEnd(ExceptionDispatchInfo.Capture(exception));
            }
        }
    }

    private async Task LiveAsync(ServerApplication application, PortTransport transport, EventLoop? eventLoop, IPipelineLoop loop)
    {
        var hasStarted = false;
        try
        {
            using var kestrel = new KestrelServer(Options.Create(KestrelOptions(eventLoop)), transport, NullLoggerFactory.Instance);
            await kestrel.StartAsync(application, _end.Token).ConfigureAwait(false);
            hasStarted = true;
            try
            {
                // "No more" comes behind the last connection; then each has its last answer.
                await transport.Listener!.Ended.WaitAsync(_end.Token).ConfigureAwait(false);
                await _connections.DrainAsync(_end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Ends at once.
            }

            await kestrel.StopAsync(_end.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or SocketException or NotSupportedException)
        {
            throw Failed(hasStarted ? "has failed" : "could not be started", exception);
        }
        catch (OperationCanceledException)
        {
            // Ended before it began.
        }
        finally
        {
            loop.Stop();
        }
    }

    private KestrelServerOptions KestrelOptions(EventLoop? eventLoop)
    {
        var options = new KestrelServerOptions { ApplicationServices = _services, AddServerHeader = false };
        options.Limits.MaxRequestBodySize = _options.MaxRequestBodySize;
        options.Limits.RequestHeadersTimeout = _options.RequestHeadersTimeout;
        options.Limits.KeepAliveTimeout = _options.KeepAliveTimeout;
        EndPoint endPoint = IPAddress.TryParse(_listener.Request.Address, out var address)
            ? new IPEndPoint(address, _listener.Request.Port)
            : new UnixDomainSocketEndPoint(_listener.Request.Address);
        options.Listen(endPoint, listen =>
        {
            listen.Protocols = _options.Certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            listen.Use(next => connection => ServeAsync(connection, next, eventLoop));
            if (_options.Certificate is not null)
            {
                listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = _options.Certificate, ServerCertificateChain = _options.CertificateChain });
            }
        });
        return options;
    }

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next, EventLoop? eventLoop)
    {
        var served = new ServedConnection(connection);
        connection.Features.Set(served);
        _connections.Add(served);
        try
        {
            if (eventLoop is not null)
            {
                // Kestrel begins each connection on the pool.
                await new LoopSwitch(eventLoop);
                ((LoopConnection)connection).Start();
            }

            await next(connection);
        }
        finally
        {
            _connections.Remove(served);
        }
    }

    private RequestDelegate Health(RequestDelegate next) => _options.HealthPath is not { } path ? next : http =>
    {
        if (!http.Request.Path.Equals(path, StringComparison.OrdinalIgnoreCase))
        {
            return next(http);
        }

        http.Response.StatusCode = _listener.Draining.IsCancellationRequested ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        http.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    };

    private void OnScriptEnd(ExceptionDispatchInfo cause)
    {
        _cause ??= cause;
        _end.Cancel();
    }
}
