using System.Collections;
using System.Management.Automation;
using System.Text;
using Cluster.Http.Requests;
using Cluster.Http.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using HttpResponse = Cluster.Api.HttpResponse;

namespace Cluster.Http.Handlers;

/// <summary>
/// Sends what a handler writes as it comes: texts as they are, other objects as lines of JSON, or both as server-sent events.
/// Used on the handler's thread, which waits until the client takes what it has written.
/// </summary>
/// <param name="http">The request.</param>
/// <param name="onGone">Called when the client has gone.</param>
/// <param name="beforeAnswer">Called before the answer begins.</param>
internal sealed class StreamedAnswer(HttpContext http, Action onGone, Action<HttpContext> beforeAnswer)
{
    private const string EventStream = "text/event-stream";
    private bool _isEventStream;
    private bool _isOver;

    /// <summary>Sends an object.</summary>
    /// <param name="item">What the handler has written.</param>
    public void Write(object? item)
    {
        var value = item is PSObject wrapper ? wrapper.BaseObject : item;
        if (_isOver)
        {
            return;
        }

        if (!http.Response.HasStarted)
        {
            Begin(value);
        }

        var bytes = value switch
        {
            HttpResponse response => response.Body is null ? null : BytesOf(response.Body),
            null => null,
            _ => BytesOf(item!),
        };
        Send(bytes ?? []);
    }

    private void Begin(object? first)
    {
        if (first is HttpResponse response)
        {
            ResponseWriter.Begin(http, new HandlerResult(response.StatusCode, response.ContentType ?? "text/plain; charset=utf-8", null, response));
            _isEventStream = response.ContentType?.StartsWith(EventStream, StringComparison.OrdinalIgnoreCase) == true;
        }
        else
        {
            http.Response.ContentType = first is string ? "text/plain; charset=utf-8" : first is byte[] ? "application/octet-stream" : "application/x-ndjson";
        }

        beforeAnswer(http);
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    private byte[] BytesOf(object item)
    {
        var value = item is PSObject wrapper ? wrapper.BaseObject : item;
        return (value, _isEventStream) switch
        {
            (byte[] bytes, _) => bytes,
            (string text, false) => Encoding.UTF8.GetBytes(text),
            (string text, true) => Event("data", text, ""),
            (IDictionary map, true) when map.Contains("data") || map.Contains("event") => Event(map),
            (_, true) => Event("data", JsonText.Of(item), ""),
            _ => Encoding.UTF8.GetBytes(JsonText.Of(item) + "\n"),
        };
    }

    private static byte[] Event(IDictionary map)
    {
        var fields = new StringBuilder();
        foreach (var name in new[] { "id", "event", "retry" })
        {
            if (map[name] is { } value)
            {
                fields.Append(name).Append(": ").Append(value.ToString()!.ReplaceLineEndings(" ")).Append('\n');
            }
        }

        var data = map["data"];
        return Event("data", data is string or null ? (string?)data ?? "" : JsonText.Of(data), fields.ToString());
    }

    private static byte[] Event(string field, string text, string before)
    {
        var lines = string.Concat(text.ReplaceLineEndings("\n").Split('\n').Select(line => $"{field}: {line}\n"));
        return Encoding.UTF8.GetBytes($"{before}{lines}\n");
    }

    private void Send(byte[] bytes)
    {
        try
        {
#pragma warning disable VSTHRD002 // The handler waits for its client; the server's threads do the sending.
            if (bytes.Length > 0)
            {
                http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask().GetAwaiter().GetResult();
            }

            http.Response.Body.FlushAsync(http.RequestAborted).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            _isOver = true;
            onGone();
            return;
        }

        if (http.RequestAborted.IsCancellationRequested)
        {
            _isOver = true;
            onGone();
        }
    }
}
