using System.Collections.Concurrent;
using System.Globalization;
using Cluster.Events;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.Logging;

/// <summary>
/// The logs of one master: what its workers write, by slot, and what happens to them. Entries are queued, and written by a
/// thread of its own; a disk that is slow or full costs entries, which are counted, and never a message. Thread-safe.
/// </summary>
internal sealed class MasterLog : IAsyncDisposable
{
    /// <summary>Files that are kept of each log.</summary>
    public const int Files = 5;

    private const int MostEntries = 10_000;
    private const long MostBytes = 16 * 1024 * 1024;
    private const string MasterFile = "master";
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);

    /// <summary>How often it is said how much was dropped.</summary>
    private static readonly TimeSpan OverflowTime = TimeSpan.FromSeconds(1);

    private readonly Func<string, TextWriter> _open;
    private readonly Action<string> _onFailed;
    private readonly Dictionary<string, LogFile> _files = [];
    private readonly BlockingCollection<LogEntry> _queue = new(MostEntries);
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private long _bytes;
    private long _dropped;
    private DateTime _nextOverflow;

    /// <summary>Begins with a first line, which shows whether anything can be written.</summary>
    /// <param name="open">Opens the log of a name.</param>
    /// <param name="begin">What the first line says.</param>
    /// <param name="onFailed">Told why nothing can be written, once until it can again; first of all by this constructor.</param>
    public MasterLog(Func<string, TextWriter> open, string begin, Action<string> onFailed)
    {
        _open = open;
        _onFailed = onFailed;
        Write(MasterFile, LogLine.Of(DateTime.UtcNow, "Start", begin));
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Cluster log" };
        _thread.Start();
    }

    /// <summary>The logs of a master in a folder of its own, which only the user can read.</summary>
    /// <param name="directory">Where the folder is.</param>
    /// <param name="masterName">The master.</param>
    /// <param name="fileBytes">The size after which a log begins its next file.</param>
    /// <returns>Opens the log of a name.</returns>
    public static Func<string, TextWriter> In(string directory, string masterName, long fileBytes)
    {
        var folder = Path.Combine(directory, FolderName(masterName));
        return name =>
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            return LogLibrary.Open(Path.Combine(folder, name + ".jsonl"), fileBytes, Files);
        };
    }

    /// <summary>A worker has written something.</summary>
    /// <param name="source">The worker.</param>
    /// <param name="frame">An output object or a record.</param>
    public void Add(IPeer source, Frame frame)
    {
        if (frame.Kind is FrameKind.Output or FrameKind.Record)
        {
            Add(LogEntry.Of(source, frame));
        }
    }

    /// <summary>A worker's process has written a line.</summary>
    /// <param name="source">The worker.</param>
    /// <param name="line">The line.</param>
    /// <param name="isError">Whether it was stderr.</param>
    public void Add(IPeer source, string line, bool isError) => Add(LogEntry.Of(source, line, isError));

    /// <summary>Something has happened.</summary>
    /// <param name="happened">What.</param>
    public void Add(EventEntry happened) => Add(LogEntry.Of(happened));

    /// <summary>Takes nothing more, and waits until everything is written; not for ever, if the disk does not answer.</summary>
    /// <returns>Completes then.</returns>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        using var stop = new CancellationTokenSource();
        var isWritten = await Task.WhenAny(_written.Task, Task.Delay(EndTime, stop.Token)).ConfigureAwait(false) == _written.Task;
        await stop.CancelAsync().ConfigureAwait(false);
        if (isWritten)
        {
            _queue.Dispose();
        }
        else
        {
            _onFailed("The last entries could not be written in time.");
        }
    }

    /// <summary>The same for the end of the process, in as much time as there is then.</summary>
    /// <param name="time">The longest wait.</param>
    public void Flush(TimeSpan time)
    {
        try
        {
            _queue.CompleteAdding();
            _thread.Join(time);
        }
        catch (ObjectDisposedException)
        {
            // It has been written.
        }
    }

    private static string FolderName(string masterName)
    {
        var name = string.Join('_', masterName.Split(Path.GetInvalidFileNameChars()));
        return name.Trim('.').Length == 0 ? name.Replace('.', '_') : name;
    }

    private void Add(in LogEntry entry)
    {
        var cost = entry.Cost;
        try
        {
            if (Interlocked.Add(ref _bytes, cost) <= MostBytes && _queue.TryAdd(entry))
            {
                return;
            }

            Interlocked.Increment(ref _dropped);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ObjectDisposedException)
        {
            // The log has ended with its master.
        }

        Interlocked.Add(ref _bytes, -cost);
    }

    private void Run()
    {
        // Not by the queue's enumerable, which keeps the last entry until the next one comes.
        while (_queue.TryTake(out var entry, Timeout.Infinite))
        {
            Take(entry);
        }

        WriteDropped();
        Write(MasterFile, LogLine.Of(DateTime.UtcNow, "Stop", "The master has been stopped."));
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }

        _written.TrySetResult();
    }

    private void Take(in LogEntry entry)
    {
        Interlocked.Add(ref _bytes, -entry.Cost);
        if (DateTime.UtcNow >= _nextOverflow)
        {
            WriteDropped();
        }

        Write(entry);
    }

    private void Write(in LogEntry entry)
    {
        try
        {
            if (LogLine.Of(entry) is { } line)
            {
                Write(entry.InboxItem is { } arrival ? string.Create(CultureInfo.InvariantCulture, $"slot-{arrival.Source.Slot}") : MasterFile, line);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever a worker has sent must not end the user's process, which an exception on this thread would.
            Write(MasterFile, LogLine.Of(DateTime.UtcNow, "LogError", $"An entry could not be written: {exception.Message}"));
        }
    }

    private void WriteDropped()
    {
        var dropped = Interlocked.Exchange(ref _dropped, 0);
        if (dropped > 0)
        {
            _nextOverflow = DateTime.UtcNow + OverflowTime;
            Write(MasterFile, LogLine.Of(
                DateTime.UtcNow, "LogOverflow", string.Create(CultureInfo.InvariantCulture, $"{dropped} entries came faster than they could be written.")));
        }
    }

    private void Write(string name, string line)
    {
        if (!_files.TryGetValue(name, out var file))
        {
            file = _files[name] = new LogFile(() => _open(name));
        }

        // One report for all the files of a full disk.
        var isNew = !_files.Values.Any(other => other.HasFailed);
        if (file.Write(line, DateTime.UtcNow) is { } failure && isNew)
        {
            _onFailed($"The log '{name}' cannot be written: {failure.Message} Messages are not affected.");
        }
    }
}
