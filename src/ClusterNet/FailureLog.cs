using Microsoft.Extensions.Logging;

namespace Cluster.Net;

/// <summary>
/// Takes from the library's log why it could not connect: it tells that nowhere else. Nothing is written anywhere. Thread-safe.
/// </summary>
internal sealed class FailureLog : ILoggerFactory, ILogger, IDisposable
{
    private volatile Exception? _last;

    /// <summary>The last failure; null when there is none since it was forgotten.</summary>
    public Exception? Last => _last;

    /// <summary>Forgets it.</summary>
    public void Forget() => _last = null;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
        // It gives nothing to anybody.
    }

    /// <inheritdoc/>
    public IDisposable BeginScope<TState>(TState state) => this;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null && IsEnabled(logLevel))
        {
            _last = exception;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The library ends scopes by this, and the log outlives them.
    }
}
