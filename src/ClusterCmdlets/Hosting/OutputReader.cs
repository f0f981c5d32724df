using System.IO.Pipes;
using System.Text;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>Reads what a process writes to one of its standard streams, line by line, on a thread of its own. Thread-safe.</summary>
internal sealed class OutputReader
{
    private const int MaxLineChars = 8192;

    private readonly Stream _stream;
    private readonly Encoding _encoding;
    private readonly Action<string> _onLine;
    private readonly PipeReadiness? _readiness;
    private readonly Thread _thread;
    private readonly StringBuilder _line = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopped;

    /// <summary>Prepares the reading.</summary>
    /// <param name="stream">The stream, which is closed at the end.</param>
    /// <param name="encoding">What its bytes mean.</param>
    /// <param name="name">The name of the thread.</param>
    /// <param name="onLine">Called with every line.</param>
    public OutputReader(Stream stream, Encoding encoding, string name, Action<string> onLine)
    {
        _stream = stream;
        _encoding = encoding;
        _onLine = onLine;
        _readiness = stream is PipeStream pipe && !OperatingSystem.IsWindows() ? new PipeReadiness(pipe) : null;
        _thread = new Thread(Read, 256 * 1024) { IsBackground = true, Name = name };
    }

    /// <summary>Completes when everything has been read, or the reading was stopped.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Begins.</summary>
    public void Start() => _thread.Start();

    /// <summary>
    /// Ends the reading, even if another process still holds the other end. On Windows only the end of all writers ends it: the job object
    /// of the worker sees to that.
    /// </summary>
    public void Stop()
    {
        _isStopped = true;
        _readiness?.Interrupt();
    }

    private void Read()
    {
        var decoder = _encoding.GetDecoder();
        var bytes = new byte[4096];
        var text = new char[_encoding.GetMaxCharCount(bytes.Length)];
        try
        {
            int count;
            while (WaitForMore() && (count = _stream.Read(bytes)) > 0)
            {
                Append(text.AsSpan(0, decoder.GetChars(bytes.AsSpan(0, count), text, flush: false)));
            }
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            // The pipe is broken or closed: the end all the same.
        }

        Append(text.AsSpan(0, decoder.GetChars([], text, flush: true)));
        if (_line.Length > 0)
        {
            Publish();
        }

        _stream.Dispose();
        _readiness?.Dispose();
        _ended.SetResult();
    }

    /// <summary>Waits until a read does not block, where the system can be asked: nothing could end a read that does.</summary>
    /// <returns>False when nothing is to be read any more.</returns>
    private bool WaitForMore()
    {
        while (!_isStopped)
        {
            // It also returns for the interrupt of a stop, and for a signal.
            if (_readiness is null || _readiness.WaitReadable(Timeout.InfiniteTimeSpan))
            {
                return true;
            }
        }

        return false;
    }

    private void Append(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            // A program that never ends its line must not fill the memory.
            if (character != '\n' && _line.Length < MaxLineChars)
            {
                _line.Append(character);
                continue;
            }

            Publish();
            if (character != '\n')
            {
                _line.Append(character);
            }
        }
    }

    private void Publish()
    {
        var text = _line.ToString().TrimEnd('\r');
        _line.Clear();
        _onLine(text);
    }
}
