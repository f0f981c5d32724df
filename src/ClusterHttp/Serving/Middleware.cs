using System.Diagnostics;
using System.Management.Automation;
using Cluster.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;

namespace Cluster.Http.Serving;

/// <summary>Joins those parts of ASP.NET Core that a server has been asked for. Without any the handler is called directly.</summary>
internal static class Middleware
{
    /// <summary>What the parts ask for.</summary>
    /// <param name="options">What the server is to do.</param>
    public static ServiceProvider Services(HttpServerOptions options)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        if (options.Certificate is not null)
        {
            services.AddMetrics();
            new ServiceCollector(services).UseKestrelCore();
        }

        if (options.Routes.Count > 0)
        {
            var diagnostics = new DiagnosticListener("Cluster.Http");
            services.AddSingleton(diagnostics).AddSingleton<DiagnosticSource>(diagnostics).AddRouting();
        }

        if (options.Compression)
        {
            services.AddResponseCompression(compression =>
            {
                compression.EnableForHttps = true;
                compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/x-ndjson", "image/svg+xml"];
            });
        }

        if (options.StaticFolder is not null)
        {
            services.AddSingleton<IWebHostEnvironment>(new ServerEnvironment(options.StaticFolder));
        }

        return services.BuildServiceProvider();
    }

    /// <summary>Builds the way of a request.</summary>
    /// <param name="options">What the server is to do.</param>
    /// <param name="services">What <see cref="Services"/> has given.</param>
    /// <param name="handle">Answers a request by a handler.</param>
    /// <returns>The way.</returns>
    /// <exception cref="ClusterException">A route is not one.</exception>
    public static RequestDelegate Build(HttpServerOptions options, IServiceProvider services, Func<HttpContext, HttpHandler, Task> handle)
    {
        RequestDelegate last = options.Handler is { } handler ? http => handle(http, handler) : NotFound;
        if (options is { Routes.Count: 0, StaticFolder: null, Prefix: null, Compression: false })
        {
            return last;
        }

        var builder = new ApplicationBuilder(services);
        if (options.Compression)
        {
            builder.UseResponseCompression();
        }

        if (options.Prefix is { } prefix)
        {
            builder.UsePathBase(prefix);
            builder.Use(next => http => http.Request.PathBase.HasValue ? next(http) : NotFound(http));
        }

        if (options.StaticFolder is { } folder)
        {
            // Files first: a folder's page is found also where another method of its path has a route.
            builder.UseFileServer(new FileServerOptions { FileProvider = new PhysicalFileProvider(folder) });
        }

        if (options.Routes.Count > 0)
        {
            builder.UseRouting();
            builder.UseEndpoints(endpoints =>
            {
                var check = new RouteCheck(services.GetRequiredService<ParameterPolicyFactory>());
                foreach (var route in options.Routes)
                {
                    Map(endpoints, route, handle, check);
                }
            });
        }

        builder.Run(last);
        return builder.Build();
    }

    private static void Map(IEndpointRouteBuilder endpoints, HttpHandler route, Func<HttpContext, HttpHandler, Task> handle, RouteCheck check)
    {
        var parts = route.Pattern!.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var path = parts.Length > 0 ? parts[^1] : "";
        try
        {
            if (!path.StartsWith('/'))
            {
                throw Invalid(route, "Its path does not begin with '/'.");
            }

            RequestDelegate answer = http => handle(http, route);
            var pattern = RoutePatternFactory.Parse(path);
            var methods = parts.Length == 1 ? null : parts[0].ToUpperInvariant().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (check.Add(route.Pattern!, pattern, methods) is { } other)
            {
                throw Invalid(route, $"'{other}' takes the same requests.");
            }

            if (methods is null)
            {
                endpoints.Map(pattern, answer);
            }
            else
            {
                endpoints.MapMethods(path, methods, answer);
            }
        }
        catch (Exception exception) when (exception is RoutePatternException or ArgumentException or InvalidOperationException)
        {
            throw Invalid(route, exception.Message, exception);
        }
    }

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static ClusterException Invalid(HttpHandler route, string why, Exception? inner = null) => new(
        ClusterErrorId.RouteInvalid, ErrorCategory.InvalidArgument, $"'{route.Pattern}' is not a route, such as 'GET /items/{{id}}' or '/items'. {why}", route.Pattern, inner);
}
