using System.Diagnostics.CodeAnalysis;
using System.Text;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace Cluster.Log;

/// <summary>
/// Lines in a file that is rotated by size. Its users see a <see cref="TextWriter"/> and no type of the library behind
/// it. The file is opened by the first line. Not thread-safe.
/// </summary>
public sealed class RollingLog : TextWriter
{
    private readonly ILogEventSink _sink;

    /// <summary>Prepares a log; touches no file.</summary>
    /// <param name="path">The file; rotated ones are called <c>name_001.ext</c> and so on.</param>
    /// <param name="fileBytes">The size after which the next file is begun.</param>
    /// <param name="files">How many files are kept.</param>
    public RollingLog(string path, long fileBytes, int files)
    {
        // The sink itself and not a logger around it: a logger hides what goes wrong.
        _sink = LoggerSinkConfiguration.CreateSink(to => to.File(
            new LineFormatter(), path, fileSizeLimitBytes: fileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: files, hooks: new OwnerOnlyFiles()));
    }

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Writes a line and gives it to the operating system.</summary>
    /// <param name="value">The line.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public override void WriteLine(string? value) =>
        _sink.Emit(new LogEvent(DateTimeOffset.UnixEpoch, LogEventLevel.Information, null, new MessageTemplate(value ?? string.Empty, []), []));

    /// <inheritdoc/>
    [SuppressMessage("Usage", "CA2215", Justification = "The base has nothing to release.")]
    protected override void Dispose(bool disposing) => (_sink as IDisposable)?.Dispose();
}
