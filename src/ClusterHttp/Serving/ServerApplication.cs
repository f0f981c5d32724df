using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Cluster.Http.Serving;

/// <summary>What Kestrel gives requests to.</summary>
/// <param name="handle">Answers a request. Does not throw.</param>
/// <param name="log">Gets a line for each; null if none is wanted.</param>
/// <param name="services">What middleware asks for.</param>
/// <param name="draining">Cancelled when every answer is to be the last one of its connection.</param>
internal sealed class ServerApplication(RequestDelegate handle, AccessLog? log, IServiceScopeFactory services, CancellationToken draining)
    : IHttpApplication<RequestContext>
{
    /// <inheritdoc/>
    public RequestContext CreateContext(IFeatureCollection contextFeatures)
    {
        var container = contextFeatures as IHostContextContainer<RequestContext>;
        var context = container?.HostContext;
        if (context is null)
        {
            context = new RequestContext(new DefaultHttpContext(contextFeatures) { ServiceScopeFactory = services }, contextFeatures.Get<ServedConnection>());
            if (container is not null)
            {
                container.HostContext = context;
            }
        }
        else
        {
            context.Http.Initialize(contextFeatures);
        }

        context.Connection?.Begin();
        if (log is not null || HttpMetrics.IsEnabled)
        {
            context.Begun = Stopwatch.GetTimestamp();
            HttpMetrics.Begin();
        }

        return context;
    }

    /// <inheritdoc/>
    public Task ProcessRequestAsync(RequestContext context)
    {
        CloseIfDraining(context.Http);
        return handle(context.Http);
    }

    /// <inheritdoc/>
    public void DisposeContext(RequestContext context, Exception? exception)
    {
        if (context.Begun != 0)
        {
            HttpMetrics.End(context.Http, context.Begun);
            log?.Add(context.Http);
            context.Begun = 0;
        }

        context.Connection?.End();
        context.Http.Uninitialize();
    }

    /// <summary>Lets the answer be the last one of its connection if the server drains. HTTP/2 has another way for that.</summary>
    /// <param name="http">The request.</param>
    public void CloseIfDraining(HttpContext http)
    {
        if (draining.IsCancellationRequested && !http.Response.HasStarted && !HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.Headers.Connection = "close";
        }
    }
}
