using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Internal;
using Cluster.Api;
using Cluster.Contracts;
using Cluster.Http.Requests;

namespace Cluster.Http.Handlers;

/// <summary>What a handler's output becomes.</summary>
/// <param name="StatusCode">The status code.</param>
/// <param name="ContentType">The type of the body.</param>
/// <param name="Body">A text, bytes, a stream, or null.</param>
/// <param name="Response">What says more, such as headers; null for a plain value.</param>
internal readonly record struct HandlerResult(int StatusCode, string? ContentType = null, object? Body = null, HttpResponse? Response = null)
{
    private const string PlainText = "text/plain; charset=utf-8";
    private const string Binary = "application/octet-stream";
    private const string Json = "application/json";

    /// <summary>The handler has failed; what it was is told elsewhere.</summary>
    public static HandlerResult Failed { get; } = new(500);

    /// <summary>The handler took too long, or the server ends.</summary>
    public static HandlerResult Unavailable { get; } = new(503);

    /// <summary>The body was not what the handler takes it for.</summary>
    /// <param name="reason">What was wrong with it.</param>
    public static HandlerResult BadRequest(string reason) => new(400, PlainText, reason);

    /// <summary>Makes an answer of what a handler has written. On its thread, for objects may have script properties.</summary>
    /// <param name="output">Its output: nothing, a value, or a list of several.</param>
    /// <param name="request">What it was given.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ClusterException">It cannot be an answer.</exception>
    public static HandlerResult Of(object? output, KestrelRequest request)
    {
        output = output is PSObject wrapper && wrapper.BaseObject is string or byte[] or Stream or HttpResponse ? ((PSObject)output).BaseObject : output;
        if (output is HttpResponse response)
        {
            var (type, body) = response.FilePath is null && response.Body is not null ? Content(response.Body) : (null, null);
            return new HandlerResult(response.StatusCode, response.ContentType ?? type, body, response);
        }

        // PowerShell has hidden both from the handler: an error of a property is a null for it.
        if (request.Malformed is { } reason)
        {
            return BadRequest(reason);
        }

        if (request.Failure is { } failure)
        {
            throw failure;
        }

        if (output is null || ReferenceEquals(output, AutomationNull.Value))
        {
            return new HandlerResult(204);
        }

        if ((output is PSObject list ? list.BaseObject : output) is IList several && several.Cast<object?>().Any(item => (item is PSObject wrapped ? wrapped.BaseObject : item) is HttpResponse))
        {
            throw new ClusterException(
                ClusterErrorId.ResponseInvalid, ErrorCategory.InvalidResult, $"The handler of '{request}' has written a response of New-HttpResponse and other values beside it. Let it write the response alone.");
        }

        var (contentType, content) = Content(output);
        return new HandlerResult(200, contentType, content);
    }

    private static (string Type, object Body) Content(object value) => value switch
    {
        string text => (PlainText, text),
        byte[] bytes => (Binary, bytes),
        Stream stream => (Binary, stream),
        PSObject { BaseObject: string or byte[] or Stream } wrapped => Content(wrapped.BaseObject),
        _ => (Json, JsonText.Of(value)),
    };
}
