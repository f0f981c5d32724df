using System.Globalization;

namespace Cluster.Logging;

/// <summary>
/// One log file that may fail and come back: lines that cannot be written are counted, it is tried again after a while, and
/// the gap is said in the file. For one thread.
/// </summary>
internal sealed class LogFile : IDisposable
{
    /// <summary>How long a file that has failed is left alone.</summary>
    public static readonly TimeSpan RetryTime = TimeSpan.FromSeconds(30);

    private readonly Func<TextWriter> _open;
    private TextWriter? _writer;
    private DateTime _retryAt;
    private long _dropped;

    /// <summary>Prepares a file.</summary>
    /// <param name="open">Opens it.</param>
    public LogFile(Func<TextWriter> open)
    {
        _open = open;
    }

    /// <summary>Whether its last line could not be written.</summary>
    public bool HasFailed => _retryAt != default;

    /// <summary>Writes a line, or counts it as dropped.</summary>
    /// <param name="line">The line.</param>
    /// <param name="now">The time, UTC.</param>
    /// <returns>Why it could not be written, if that was tried and failed; else null.</returns>
    public Exception? Write(string line, DateTime now)
    {
        if (now < _retryAt)
        {
            _dropped++;
            return null;
        }

        try
        {
            _writer ??= _open();
            if (_dropped > 0)
            {
                // What failed may have been written in part: it gets its end, so that the next line is whole.
                _writer.WriteLine(string.Empty);
                _writer.WriteLine(LogLine.Of(now, "LogGap", string.Create(CultureInfo.InvariantCulture, $"{_dropped} entries could not be written.")));
                _dropped = 0;
            }

            _writer.WriteLine(line);
            _retryAt = default;
            return null;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            _dropped++;
            _retryAt = now + RetryTime;
            Dispose();
            return exception;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _writer?.Dispose();
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            // It still holds what could not be written, which was reported then.
        }

        _writer = null;
    }

    private static bool IsFailure(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or BadImageFormatException or TypeLoadException;
}
