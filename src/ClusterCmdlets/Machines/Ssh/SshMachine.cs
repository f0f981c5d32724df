using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using Cluster.Contracts;
using Cluster.Hosting;

namespace Cluster.Machines.Ssh;

/// <summary>
/// An agent on another machine, started by <c>ssh</c>. It reaches the server of this machine through the connection of SSH, gets its ticket
/// by its standard input, and ends when that ends. Thread-safe.
/// </summary>
internal sealed partial class SshMachine : IAsyncDisposable
{
    private static readonly Dictionary<string, string> EnglishMessages = new() { ["LC_ALL"] = "C" };

    private readonly Func<int, JoinTicket> _ticketFor;
    private readonly Action<string> _onLine;
    private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HeldProcess? _process;
    private Task _sending = Task.CompletedTask;

    private SshMachine(Func<int, JoinTicket> ticketFor, Action<string> onLine)
    {
        _ticketFor = ticketFor;
        _onLine = onLine;
    }

    /// <summary>Completes with the exit code: that of the agent, or 255 when SSH itself has failed.</summary>
    public Task<int> Exited => _process!.Exited;

    /// <summary>The last lines that SSH and the agent have written.</summary>
    public IReadOnlyList<string> ErrorTail => _process!.Tail;

    /// <summary>The id of the process of SSH.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>Starts an agent. That it runs is told by the server, to which it comes; that it does not by <see cref="Exited"/>.</summary>
    /// <param name="options">How the machine is reached.</param>
    /// <param name="serverPort">The port of the message server on this machine's loopback address.</param>
    /// <param name="ticketFor">Makes the ticket for the port by which the server is reached there, on 127.0.0.1.</param>
    /// <param name="workerCount">How many workers; null for as many as the other machine has processors.</param>
    /// <param name="onLine">Called with every line that SSH or the agent writes, on threads of their own.</param>
    /// <returns>The agent.</returns>
    /// <exception cref="ClusterException">SSH is missing or cannot be started, or an option cannot be used.</exception>
    public static SshMachine Start(SshMachineOptions options, int serverPort, Func<int, JoinTicket> ticketFor, int? workerCount, Action<string> onLine)
    {
        var arguments = SshCommand.Arguments(options, serverPort, workerCount);
        var program = ProgramPath.Find("ssh") ?? throw Failed(options, "The program ssh was not found. Install the OpenSSH client.", inner: null);
        var machine = new SshMachine(ticketFor, onLine);
        try
        {
            machine._process = HeldProcess.Start(program, arguments, EnglishMessages, machine.OnLine);
        }
        catch (Win32Exception exception)
        {
            throw Failed(options, $"The program ssh could not be started: {exception.Message}", exception);
        }

        machine._sending = machine.SendTicketAsync(machine._process);
        return machine;
    }

    /// <summary>Ends the agent: closes its standard input, waits a moment, and kills SSH, upon which the agent's input ends as well.</summary>
    /// <returns>Completes when SSH has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        _port.TrySetCanceled();
        await _process!.DisposeAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
    }

    private async Task SendTicketAsync(HeldProcess process)
    {
        try
        {
            await Task.WhenAny(_port.Task, process.Exited).ConfigureAwait(false);
            if (_port.Task.IsCompletedSuccessfully)
            {
                await process.WriteLineAsync(_ticketFor(await _port.Task.ConfigureAwait(false)).ToText()).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It ends before it has begun.
        }
    }

    private void OnLine(string line)
    {
        if (Allocated().Match(line) is { Success: true } match)
        {
            // The first one: an agent could write the same.
            _port.TrySetResult(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        }

        _onLine(line);
    }

    private static ClusterException Failed(SshMachineOptions options, string reason, Exception? inner) =>
        new(ClusterErrorId.MachineStartFailed, ErrorCategory.ResourceUnavailable, reason, options.HostName, inner);

    [GeneratedRegex(@"\AAllocated port (\d{1,5}) for remote forward to ", RegexOptions.CultureInvariant)]
    private static partial Regex Allocated();
}
