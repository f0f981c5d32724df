using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace Cluster.Http.Serving;

/// <summary>What others may measure of this worker's servers, on the meter <c>Cluster.Http</c>. Costs nothing while nobody listens.</summary>
internal static class HttpMetrics
{
    private static readonly Meter Meter = new("Cluster.Http");
    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>("http.server.active_requests", "{request}");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("http.server.request.duration", "s");

    /// <summary>Whether anybody listens.</summary>
    public static bool IsEnabled => Duration.Enabled || Active.Enabled;

    /// <summary>A request has come.</summary>
    public static void Begin() => Active.Add(1);

    /// <summary>A request has been answered.</summary>
    /// <param name="http">The request.</param>
    /// <param name="begun">When it came.</param>
    public static void End(HttpContext http, long begun)
    {
        Active.Add(-1);
        Duration.Record(
            Stopwatch.GetElapsedTime(begun).TotalSeconds,
            new KeyValuePair<string, object?>("http.request.method", http.Request.Method),
            new KeyValuePair<string, object?>("http.response.status_code", http.Response.StatusCode));
    }
}
