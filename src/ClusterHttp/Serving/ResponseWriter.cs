using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using Cluster.Http.Handlers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Primitives;

namespace Cluster.Http.Serving;

/// <summary>Sends what a handler answers.</summary>
internal static class ResponseWriter
{
    /// <summary>What is between the server and its client, and not the handler's; and the length, which the server knows.</summary>
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Length", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    private static readonly FileExtensionContentTypeProvider FileTypes = new();

    /// <summary>Sends it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="result">The answer.</param>
    /// <returns>When the server has taken all of it.</returns>
    public static Task SendAsync(HttpContext http, HandlerResult result)
    {
        Begin(http, result);
        if (result.StatusCode is 204 or 205 or 304)
        {
            return Task.CompletedTask;
        }

        return (result.Response?.FilePath, result.Body) switch
        {
            ({ } path, _) => SendFileAsync(http, path),
            (_, string text) => SendText(http, text),
            (_, byte[] bytes) => SendBytesAsync(http, bytes),
            (_, Stream stream) => SendStreamAsync(http, stream),
            _ => SendNothing(http),
        };
    }

    /// <summary>Sets status, type and headers.</summary>
    /// <param name="http">The request.</param>
    /// <param name="result">The answer.</param>
    public static void Begin(HttpContext http, HandlerResult result)
    {
        var response = http.Response;
        response.StatusCode = result.StatusCode;
        if (result.ContentType is not null)
        {
            response.ContentType = result.ContentType;
        }

        if (result.Response is { Header.Count: > 0 } full)
        {
            foreach (DictionaryEntry item in full.Header)
            {
                if (item.Key.ToString() is { } name && !OwnHeaders.Contains(name))
                {
                    response.Headers[name] = ValueOf(item.Value);
                }
            }
        }
    }

    private static StringValues ValueOf(object? value) => value is IEnumerable list and not string
        ? list.Cast<object?>().Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)).ToArray()
        : Convert.ToString(value, CultureInfo.InvariantCulture);

    private static Task SendText(HttpContext http, string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        http.Response.ContentLength = count;
        if (count > 32 * 1024)
        {
            return http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), http.RequestAborted).AsTask();
        }

        // Sent by the server when the request ends, head and body together.
        var writer = http.Response.BodyWriter;
        writer.Advance(Encoding.UTF8.GetBytes(text, writer.GetSpan(count)));
        return Task.CompletedTask;
    }

    private static Task SendBytesAsync(HttpContext http, byte[] bytes)
    {
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    private static async Task SendStreamAsync(HttpContext http, Stream stream)
    {
        await using (stream)
        {
            await stream.CopyToAsync(http.Response.Body, http.RequestAborted);
        }
    }

    private static Task SendFileAsync(HttpContext http, string path)
    {
        if (!File.Exists(path))
        {
            // It was there when the response was made.
            http.Response.StatusCode = 404;
            return SendNothing(http);
        }

        var type = http.Response.ContentType ?? (FileTypes.TryGetContentType(path, out var known) ? known : "application/octet-stream");
        return TypedResults.PhysicalFile(path, type, lastModified: File.GetLastWriteTimeUtc(path), enableRangeProcessing: true).ExecuteAsync(http);
    }

    private static Task SendNothing(HttpContext http)
    {
        http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }
}
