using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Text;
using Cluster.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using HttpRequest = Cluster.Api.HttpRequest;

namespace Cluster.Http.Requests;

/// <summary>A request that Kestrel has parsed. Nothing is read from it before it is asked for.</summary>
/// <param name="http">The request; used until <see cref="End"/>.</param>
/// <param name="body">Its body, received as a whole.</param>
internal sealed class KestrelRequest(HttpContext http, RequestBody body) : HttpRequest(http.Request.Method, http.Request.Path.Value ?? "/")
{
    /// <summary>COR_E_IO: an error that the framework has thrown of itself.</summary>
    private const int PlainIOError = unchecked((int)0x80131620);

    private HttpContext? _http = http;
    private CancellationTokenSource? _cancellation;
    private CancellationTokenRegistration _aborted;
    private volatile bool _isCancelled;
    private Hashtable? _query;
    private Hashtable? _headers;
    private Hashtable? _routeValues;
    private Hashtable? _form;
    private string? _text;
    private object? _json;
    private bool _isJsonRead;

    /// <summary>Why the client is to be answered with 400; null if it is not.</summary>
    public string? Malformed { get; private set; }

    /// <summary>Why the body could not be read though the client has sent it well; null if it could.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public override string Scheme => Http.Request.Scheme;

    /// <inheritdoc/>
    public override string Protocol => Http.Request.Protocol;

    /// <inheritdoc/>
    public override string Host => Http.Request.Host.Value ?? "";

    /// <inheritdoc/>
    public override string QueryString => Http.Request.QueryString.Value ?? "";

    /// <inheritdoc/>
    public override string? ContentType => Http.Request.ContentType;

    /// <inheritdoc/>
    public override Hashtable Query => _query ??= TableOf(Http.Request.Query);

    /// <inheritdoc/>
    public override Hashtable Headers => _headers ??= TableOf(Http.Request.Headers);

    /// <inheritdoc/>
    public override Hashtable RouteValues
    {
        get
        {
            if (_routeValues is null)
            {
                _routeValues = new Hashtable(StringComparer.OrdinalIgnoreCase);
                foreach (var (name, value) in Http.Request.RouteValues)
                {
                    _routeValues[name] = value;
                }
            }

            return _routeValues;
        }
    }

    /// <inheritdoc/>
    public override IPAddress? RemoteAddress => Http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : Http.Connection.RemoteIpAddress;

    /// <inheritdoc/>
    public override CancellationToken Cancellation
    {
        get
        {
            if (_cancellation is null)
            {
                var http = Http;
                var cancellation = new CancellationTokenSource();
                Interlocked.Exchange(ref _cancellation, cancellation);
                _aborted = http.RequestAborted.UnsafeRegister(static self => ((KestrelRequest)self!).Cancel(), this);
                http.Features.Get<IClientWatch>()?.Watch(cancellation);
                if (_isCancelled)
                {
                    // It was before anybody asked.
                    Cancel();
                }
            }

            return _cancellation.Token;
        }
    }

    /// <inheritdoc/>
    public override byte[] Bytes => body.Bytes();

    /// <inheritdoc/>
    public override Stream Body => body.Stream();

    /// <inheritdoc/>
    public override string Text => _text ??= EncodingOf(Http.Request).GetString(Bytes);

    /// <inheritdoc/>
    public override object? Json
    {
        get
        {
            if (!_isJsonRead)
            {
                _json = Guard(() => body.IsEmpty ? null : JsonBody.Read(body.Stream(), EncodingOf(Http.Request)));
                _isJsonRead = true;
            }

            return _json;
        }
    }

    /// <inheritdoc/>
    public override Hashtable Form => _form ??= Guard(ReadForm)!;

    private HttpContext Http => _http ?? throw new ClusterException(
        ClusterErrorId.RequestEnded, ErrorCategory.InvalidOperation, "The request has been answered: what a handler needs later it must take out of it before.");

    /// <summary>The handler is to come to an end. Thread-safe.</summary>
    /// <remarks>What is registered is called on the pool, and may throw: a script block cannot run there.</remarks>
    public void Cancel()
    {
        _isCancelled = true;
        Interlocked.MemoryBarrier();
        try
        {
            if (_cancellation is { } cancellation)
            {
                _ = cancellation.CancelAsync();
            }
        }
        catch (ObjectDisposedException)
        {
            // The request has been answered.
        }
    }

    /// <summary>The request has been answered, and its parts are used for the next one.</summary>
    public void End()
    {
        _http = null;
        _aborted.Dispose();
        _cancellation?.Dispose();
    }

    private static Hashtable TableOf(IEnumerable<KeyValuePair<string, StringValues>> values)
    {
        var table = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in values)
        {
            table[name] = value.Count > 1 ? value.ToArray() : value.ToString();
        }

        return table;
    }

    private static Encoding EncodingOf(Microsoft.AspNetCore.Http.HttpRequest request)
    {
        try
        {
            return request.GetTypedHeaders().ContentType?.Encoding ?? Encoding.UTF8;
        }
        catch (ArgumentException)
        {
            // One that this machine does not know.
            return Encoding.UTF8;
        }
    }

    private Hashtable ReadForm()
    {
        var request = Http.Request;
        if (!request.HasFormContentType)
        {
            throw new InvalidDataException("The body is not a form: its type is neither application/x-www-form-urlencoded nor multipart/form-data.");
        }

        request.Body = body.Stream();
#pragma warning disable VSTHRD002 // The body has been received: at most a temporary file is read, which does not need this thread.
        var form = request.ReadFormAsync(CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        var table = TableOf(form);
        foreach (var group in form.Files.GroupBy(file => file.Name, StringComparer.OrdinalIgnoreCase))
        {
            var files = group.Select(file => new Api.HttpFormFile(file.Name, file.FileName, file.ContentType, file.Length, file.OpenReadStream)).ToArray();
            table[group.Key] = files.Length == 1 ? files[0] : files;
        }

        return table;
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is Newtonsoft.Json.JsonException or InvalidDataException or DecoderFallbackException)
        {
            Malformed = exception.Message;
            throw Invalid(exception);
        }
        catch (IOException exception) when (exception.GetType() == typeof(IOException) && exception.HResult == PlainIOError)
        {
            // A form whose last part does not end. The system's errors, such as that of a full disk, have a number of their own.
            Malformed = "The body ends before the form does.";
            throw Invalid(exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Failure = exception;
            throw;
        }
    }

    private ClusterException Invalid(Exception exception) =>
        new(ClusterErrorId.RequestBodyInvalid, ErrorCategory.InvalidData, $"The body of '{this}' cannot be read. {Malformed}", this, exception);
}
