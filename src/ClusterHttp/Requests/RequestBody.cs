using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Cluster.Http.Requests;

/// <summary>
/// The body of a request. It is received before the handler is called, so that neither a slow client nor a large body keeps
/// the pipeline thread; large ones go into a temporary file.
/// </summary>
internal sealed class RequestBody : IAsyncDisposable
{
    private const int MemoryBytes = 64 * 1024;
    private readonly Stream _stream;

    private RequestBody(Stream stream)
    {
        _stream = stream;
        IsEmpty = stream.Length == 0;
    }

    /// <summary>What a request without a body has.</summary>
    public static RequestBody Empty { get; } = new(System.IO.Stream.Null);

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty { get; }

    /// <summary>Whether a request may have a body.</summary>
    /// <param name="http">The request.</param>
    public static bool IsExpected(HttpContext http) =>
        http.Request.ContentLength is > 0 || (http.Request.ContentLength is null && http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true });

    /// <summary>Receives it.</summary>
    /// <param name="http">The request.</param>
    /// <returns>The body.</returns>
    /// <exception cref="BadHttpRequestException">It is too large, too slow, or not as its headers say.</exception>
    /// <exception cref="IOException">The client has gone.</exception>
    public static async ValueTask<RequestBody> ReceiveAsync(HttpContext http)
    {
        if (http.Request.ContentLength is { } length and <= MemoryBytes)
        {
            var bytes = new byte[length];
            await http.Request.Body.ReadExactlyAsync(bytes, http.RequestAborted);
            return new RequestBody(new MemoryStream(bytes, 0, bytes.Length, writable: false, publiclyVisible: true));
        }

        var stream = new FileBufferingReadStream(http.Request.Body, MemoryBytes);
        try
        {
            await stream.DrainAsync(http.RequestAborted);
            stream.Position = 0;
            return new RequestBody(stream);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The body from its beginning.</summary>
    public Stream Stream()
    {
        _stream.Position = 0;
        return _stream;
    }

    /// <summary>All of it.</summary>
    public byte[] Bytes()
    {
        if (_stream is MemoryStream memory && memory.TryGetBuffer(out var buffer))
        {
            return buffer.Offset == 0 && buffer.Count == buffer.Array!.Length ? buffer.Array : buffer.ToArray();
        }

        var bytes = new byte[_stream.Length];
        Stream().ReadExactly(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ReferenceEquals(this, Empty) ? ValueTask.CompletedTask : _stream.DisposeAsync();
}
