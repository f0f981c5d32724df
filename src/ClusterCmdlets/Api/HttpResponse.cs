using System.Collections;

namespace Cluster.Api;

/// <summary>What a handler of <c>Start-WorkerHttpServer</c> answers, when a value alone does not say it. Made by <c>New-HttpResponse</c>.</summary>
public sealed class HttpResponse
{
    /// <summary>The status code.</summary>
    public int StatusCode { get; set; } = 200;

    /// <summary>The type of the body; null for what its value has by default.</summary>
    public string? ContentType { get; set; }

    /// <summary>Headers by their names; a list as a value is sent as several headers.</summary>
    public IDictionary Header { get; set; } = new Hashtable(StringComparer.OrdinalIgnoreCase);

    /// <summary>The body: a text, bytes, a stream, which is closed when it has been sent, or an object, which is sent as JSON.</summary>
    public object? Body { get; set; }

    /// <summary>The full path of a file that is sent instead of a body; null if there is none.</summary>
    public string? FilePath { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{StatusCode} {ContentType}".TrimEnd();
}
