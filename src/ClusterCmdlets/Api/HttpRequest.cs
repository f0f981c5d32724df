using System.Collections;
using System.Net;

namespace Cluster.Api;

/// <summary>
/// A request that a handler of <c>Start-WorkerHttpServer</c> answers. What it holds is read when it is asked for. It is the
/// handler's until its answer is given.
/// </summary>
public abstract class HttpRequest
{
    private protected HttpRequest(string method, string path)
    {
        Method = method;
        Path = path;
    }

    /// <summary>The method, such as <c>GET</c>.</summary>
    public string Method { get; }

    /// <summary>The path, decoded, without the server's prefix.</summary>
    public string Path { get; }

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public abstract string Scheme { get; }

    /// <summary>The protocol, such as <c>HTTP/1.1</c>.</summary>
    public abstract string Protocol { get; }

    /// <summary>The host and port that the client asked for.</summary>
    public abstract string Host { get; }

    /// <summary>The query as it was sent, with its question mark; empty if there is none.</summary>
    public abstract string QueryString { get; }

    /// <summary>The query's values by their names, in any case; several of one name are an array.</summary>
    public abstract Hashtable Query { get; }

    /// <summary>The values that the route has found in the path.</summary>
    public abstract Hashtable RouteValues { get; }

    /// <summary>The headers by their names, in any case; several of one name are an array.</summary>
    public abstract Hashtable Headers { get; }

    /// <summary>The type of the body, or null.</summary>
    public abstract string? ContentType { get; }

    /// <summary>The body as text, in the encoding that its type names, UTF-8 by default.</summary>
    public abstract string Text { get; }

    /// <summary>
    /// The body read as JSON: objects as custom objects, lists as arrays. Null if there is no body. If it is malformed the client is
    /// answered with 400 and the reason, unless the handler itself answers with <c>New-HttpResponse</c>.
    /// </summary>
    public abstract object? Json { get; }

    /// <summary>The body as bytes.</summary>
    public abstract byte[] Bytes { get; }

    /// <summary>The fields of a form, and its files as <see cref="HttpFormFile"/>, by their names; several of one name are an array.</summary>
    public abstract Hashtable Form { get; }

    /// <summary>The body, from its beginning. It has been received, large ones into a temporary file.</summary>
    public abstract Stream Body { get; }

    /// <summary>Where the connection comes from; null for Unix sockets.</summary>
    public abstract IPAddress? RemoteAddress { get; }

    /// <summary>Cancelled when the client has gone, and when the request took too long.</summary>
    public abstract CancellationToken Cancellation { get; }

    /// <summary>For the handler's own use.</summary>
    public Hashtable Items => _items ??= new Hashtable(StringComparer.OrdinalIgnoreCase);

    private Hashtable? _items;

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Path}";
}
