using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Http.Handlers;
using Cluster.Http.Requests;
using Microsoft.AspNetCore.Http;

namespace Cluster.Http.Serving;

/// <summary>Answers a request by a handler: receives its body, has the handler run, and sends what it gives.</summary>
/// <param name="runner">Runs handlers.</param>
/// <param name="options">What the server is to do.</param>
/// <param name="report">Told of errors.</param>
/// <param name="beforeAnswer">Called before an answer begins.</param>
internal sealed class HandlerEndpoint(IHandlerRunner runner, HttpServerOptions options, HandlerReport report, Action<HttpContext> beforeAnswer)
{
    private readonly bool _isSimple = !options.Stream && options.RequestTimeout == Timeout.InfiniteTimeSpan;

    /// <summary>Answers a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="handler">The handler.</param>
    /// <returns>When it has been answered. Does not throw.</returns>
    public Task HandleAsync(HttpContext http, HttpHandler handler)
    {
        if (!_isSimple || RequestBody.IsExpected(http))
        {
            return HandleFullyAsync(http, handler);
        }

        // The usual case, which is to cost little: nothing of it waits on an event loop.
        var request = new KestrelRequest(http, RequestBody.Empty);
        var running = runner.RunAsync(new HandlerCall(handler, request, null));
        if (!running.IsCompletedSuccessfully)
        {
            return FinishAsync(http, request, running);
        }

#pragma warning disable VSTHRD103 // It is there.
        var sending = SendAsync(http, running.Result);
#pragma warning restore VSTHRD103
        request.End();
        return sending;
    }

    private async Task FinishAsync(HttpContext http, KestrelRequest request, ValueTask<HandlerResult> running)
    {
        var result = await running;
        await SendAsync(http, result);
        request.End();
    }

    private async Task HandleFullyAsync(HttpContext http, HttpHandler handler)
    {
        RequestBody body;
        try
        {
            body = RequestBody.IsExpected(http) ? await RequestBody.ReceiveAsync(http) : RequestBody.Empty;
        }
        catch (BadHttpRequestException exception)
        {
            http.Response.StatusCode = exception.StatusCode;
            http.Response.Headers.Connection = "close";
            return;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client has gone, or the disk takes no large body.
            http.Abort();
            return;
        }

        await using (body)
        {
            var request = new KestrelRequest(http, body);
            await RunAsync(http, handler, request);
            request.End();
        }
    }

    private async Task RunAsync(HttpContext http, HttpHandler handler, KestrelRequest request)
    {
        HandlerCall? call = null;
        call = new HandlerCall(handler, request, options.Stream ? new StreamedAnswer(http, () => call!.Stop(), beforeAnswer) : null);
        if (!_isSimple)
        {
            call.MakeStoppable();
        }

        var running = runner.RunAsync(call).AsTask();
        if (options.RequestTimeout != Timeout.InfiniteTimeSpan && !await EndsInTimeAsync(running))
        {
            var hasBegun = call.Stop();
            report.Write(HandlerErrors.TimeoutOf(call, options.RequestTimeout));
            await RefuseAsync(http);
            if (hasBegun)
            {
                // What the handler may still use is kept until it has really ended.
                await running;
            }

            return;
        }

        var result = await running;
        if (options.Stream && http.Response.HasStarted)
        {
            if (result.StatusCode >= 500)
            {
                // The client is to see that the end is missing.
                http.Abort();
            }

            return;
        }

        await SendAsync(http, options.Stream && result.StatusCode == 200 ? new HandlerResult(204) : result);
    }

    private async Task<bool> EndsInTimeAsync(Task running)
    {
        using var ended = new CancellationTokenSource();
        var first = await Task.WhenAny(running, Task.Delay(options.RequestTimeout, ended.Token));
        await ended.CancelAsync();
        return first == running;
    }

    private static async Task RefuseAsync(HttpContext http)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = 503;
        http.Response.ContentLength = 0;
        http.Response.Headers.Connection = "close";
        try
        {
            await http.Response.CompleteAsync();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client has gone.
        }
    }

    private Task SendAsync(HttpContext http, HandlerResult result)
    {
        try
        {
            beforeAnswer(http);
            var sending = ResponseWriter.SendAsync(http, result);
            return sending.IsCompletedSuccessfully ? sending : CatchAsync(http, sending);
        }
#pragma warning disable CA1031 // A header that cannot be sent, say: the handler's fault, and no other request's.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(http, exception);
            return Task.CompletedTask;
        }
    }

    private async Task CatchAsync(HttpContext http, Task sending)
    {
        try
        {
            await sending;
        }
        catch (OperationCanceledException)
        {
            // The client has gone.
        }
#pragma warning disable CA1031 // As above; a stream of the handler's may throw anything.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(http, exception);
        }
    }

    private void Fail(HttpContext http, Exception exception)
    {
        if (!http.RequestAborted.IsCancellationRequested)
        {
            report.Write(new ClusterException(
                ClusterErrorId.ResponseInvalid, ErrorCategory.InvalidResult, $"The answer to '{http.Request.Method} {http.Request.Path}' cannot be sent. {exception.Message}", inner: exception).ErrorRecord);
        }

        if (http.Response.HasStarted)
        {
            http.Abort();
        }
        else
        {
            http.Response.Clear();
            http.Response.StatusCode = 500;
            beforeAnswer(http);
        }
    }
}
