using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using Cluster.Hosting;

namespace Cluster.Machines.Server;

/// <summary>One run of the server's program: from its start to its end.</summary>
internal sealed partial class ServerRun : IAsyncDisposable
{
    /// <summary>
    /// Ends the server when the standard input of this shell ends, that is with the master, and the shell when the server ends. $1 is the
    /// program, $2 its configuration, $3 the folder of that, which is gone by then unless the master died while the server started.
    /// </summary>
    private const string Guard = """
        exec 3<&0
        "$1" -c "$2" </dev/null 3<&- &
        server=$!
        ( while read -r line <&3; do :; done; rm -rf -- "$3"; kill -KILL "$server" 2>/dev/null ) &
        guard=$!
        wait "$server"
        code=$?
        kill -KILL "$guard" 2>/dev/null
        exit "$code"
        """;

    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly TaskCompletionSource<int> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HeldProcess? _process;
    private int _port;

    private ServerRun()
    {
    }

    /// <summary>Completes when the program has ended.</summary>
    public Task<int> Exited => _process!.Exited;

    /// <summary>The last lines that it has written.</summary>
    public IReadOnlyList<string> Tail => _process!.Tail;

    /// <summary>The id of the process that holds the server.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>Starts the program.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="files">What it reads.</param>
    /// <returns>The run; the server may not accept connections yet.</returns>
    /// <exception cref="Win32Exception">It could not be started.</exception>
    public static ServerRun Start(string program, ServerFiles files)
    {
        var run = new ServerRun();
        var isWindows = OperatingSystem.IsWindows();
        run._process = HeldProcess.Start(
            isWindows ? program : "/bin/sh",
            isWindows ? ["-c", files.Configuration] : ["-c", Guard, "sh", program, files.Configuration, files.Folder],
            NoVariables,
            run.OnLine);
        return run;
    }

    /// <summary>Waits until the server accepts connections.</summary>
    /// <param name="timeout">How long.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Its port; 0 when it has ended or was not ready in time.</returns>
    public async Task<int> WaitReadyAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var first = await Task.WhenAny(_ready.Task, Exited).WaitAsync(timeout, cancellation).ConfigureAwait(false);
            return first == _ready.Task ? await _ready.Task.ConfigureAwait(false) : 0;
        }
        catch (TimeoutException)
        {
            return 0;
        }
    }

    /// <summary>Lets go of it: it ends as it does when the master dies.</summary>
    public void CloseInput() => _process!.CloseInput();

    /// <summary>Ends it.</summary>
    /// <returns>Completes when it has ended.</returns>
    public ValueTask DisposeAsync() => _process!.DisposeAsync();

    private void OnLine(string line)
    {
        if (Listening().Match(line) is { Success: true } match)
        {
            _port = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
        else if (line.EndsWith("Server is ready", StringComparison.Ordinal))
        {
            _ready.TrySetResult(_port);
        }
    }

    [GeneratedRegex(@"Listening for client connections on \S+:(\d+)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Listening();
}
