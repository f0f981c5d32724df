using System.Globalization;
using System.Threading.Channels;
using Cluster.Logging;
using Microsoft.AspNetCore.Http;

namespace Cluster.Http.Serving;

/// <summary>
/// A line for each request in the combined log format, in a file that is rotated. Requests do not wait for the disk: what it does not
/// take in time is dropped, and counted in the file.
/// </summary>
internal sealed class AccessLog : IAsyncDisposable
{
    private const int MaxLines = 10_000;
    private const int MaxFieldChars = 2048;
    private const long FileBytes = 10 * 1024 * 1024;
    private const int Files = 5;

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(MaxLines) { SingleReader = true });
    private readonly TextWriter _file;
    private readonly Task _writing;
    private long _dropped;

    /// <summary>Opens a log.</summary>
    /// <param name="path">The file.</param>
    public AccessLog(string path)
    {
        _file = LogLibrary.Open(path, FileBytes, Files);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Adds a line.</summary>
    /// <param name="http">A request that has been answered.</param>
    public void Add(HttpContext http)
    {
        var request = http.Request;
        var address = http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : http.Connection.RemoteIpAddress;
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{address?.ToString() ?? "-"} - - [{Now()}] \"{Clean(request.Method)} {Clean(request.PathBase.ToUriComponent() + request.Path.ToUriComponent() + request.QueryString.Value)} {request.Protocol}\" {http.Response.StatusCode} {http.Response.ContentLength?.ToString(CultureInfo.InvariantCulture) ?? "-"} \"{Clean(request.Headers.Referer)}\" \"{Clean(request.Headers.UserAgent)}\"");
        if (!_lines.Writer.TryWrite(line))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Writes what is left and closes the file.</summary>
    /// <returns>When that is done.</returns>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
    }

    private static string Now()
    {
        var text = DateTimeOffset.Now.ToString("dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture);

        // The format has no colon in the offset.
        return text.Remove(text.Length - 3, 1);
    }

    /// <summary>What a client has sent must not end the field or the line.</summary>
    private static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "-";
        }

        text = text.Length > MaxFieldChars ? text[..MaxFieldChars] : text;
        return text.Any(letter => letter is '"' or '\\' || char.IsControl(letter))
            ? string.Concat(text.Select(letter => letter is '"' or '\\' || char.IsControl(letter) ? $"\\x{(int)letter:x2}" : letter.ToString()))
            : text;
    }

    private async Task WriteAsync()
    {
        await foreach (var line in _lines.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                var dropped = Interlocked.Exchange(ref _dropped, 0);
                if (dropped > 0)
                {
                    await _file.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"# {dropped} lines are missing here")).ConfigureAwait(false);
                }

                await _file.WriteLineAsync(line).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A full disk must not end the server; the missing lines are told when it takes some again.
                Interlocked.Increment(ref _dropped);
            }
        }
    }
}
