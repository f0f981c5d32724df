using System.Runtime.InteropServices;
using System.Text;

namespace Cluster.Watch;

/// <summary>
/// The terminal of this process. A view is written at once, over the one before, on the alternate screen: nothing flickers. What was
/// there before is there again in every end, also when the process is told to end. For one thread.
/// </summary>
internal sealed class TerminalScreen : IWatchScreen
{
    private const string Enter = "\u001b[?1049h\u001b[?25l\u001b[2J";
    private const string Leave = "\u001b[?25h\u001b[?1049l";
    private const string Home = "\u001b[H";

    /// <summary>Before the text of a line: behind a full one it would take away the last character.</summary>
    private const string ClearLine = "\u001b[K";
    private const string ClearRest = "\u001b[J";

    /// <summary>The end of the process comes on a thread of its own.</summary>
    private readonly object _gate = new();
    private readonly bool _hasColors;
    private readonly Encoding _encoding = Console.OutputEncoding;
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly PosixSignalRegistration _termination;
    private FrameSize _size;
    private bool _isLeft;

    /// <summary>Takes the terminal.</summary>
    /// <param name="hasColors">Whether colours are wanted.</param>
    public TerminalScreen(bool hasColors)
    {
        _hasColors = hasColors;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        _termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Restore());
        Write(Enter);
    }

    /// <inheritdoc/>
    public bool IsResized => _size != Size;

    private static FrameSize Size => new(Math.Max(1, Console.WindowWidth), Math.Max(1, Console.WindowHeight));

    private bool IsUnicode => _encoding.CodePage == Encoding.UTF8.CodePage;

    /// <inheritdoc/>
    public ConsoleKeyInfo? ReadKey() => Console.KeyAvailable ? Console.ReadKey(intercept: true) : null;

    /// <inheritdoc/>
    public void Show(WatchView view)
    {
        _size = Size;
        var lines = FrameText.Render(view, _size, _hasColors, IsUnicode);
        var isFull = lines.Length >= _size.Height;
        Write(Home + string.Join("\r\n", lines.Select(line => ClearLine + line)) + (isFull ? string.Empty : "\r\n" + ClearRest));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        _termination.Dispose();
        Restore();
        _output.Dispose();
    }

    private void OnProcessExit(object? sender, EventArgs e) => Restore();

    private void Restore()
    {
        lock (_gate)
        {
            Write(Leave);
            _isLeft = true;
        }
    }

    private void Write(string text)
    {
        lock (_gate)
        {
            if (!_isLeft)
            {
                _output.Write(_encoding.GetBytes(text));
            }
        }
    }
}
