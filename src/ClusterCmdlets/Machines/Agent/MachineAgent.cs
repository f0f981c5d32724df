using System.Globalization;
using System.Management.Automation;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Machines.Link;
using Cluster.Transport;

namespace Cluster.Machines.Agent;

/// <summary>
/// This machine's part in a master elsewhere: joins it, runs the workers that it orders, and joins again when it was cut off. Ends when the master does not need it
/// any more, or is gone. Used once.
/// </summary>
internal sealed class MachineAgent
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(500);

    private readonly AgentOptions _options;
    private readonly IMessageBus _bus;
    private readonly Action<string> _report;
    private readonly MachineSubjects _subjects;
    private readonly string _machine;
    private volatile string? _refusal;

    /// <summary>Prepares an agent.</summary>
    /// <param name="options">How workers run here.</param>
    /// <param name="bus">The connection, not connected yet. The agent disposes it.</param>
    /// <param name="report">Told in words what happens. On any thread.</param>
    public MachineAgent(AgentOptions options, IMessageBus bus, Action<string> report)
    {
        _options = options;
        _bus = bus;
        _report = report;
        _machine = options.Machine ?? JoinRequest.NewToken();
        _subjects = new MachineSubjects(options.ClusterName);
        bus.Refused += reason => _refusal = reason;
        bus.HandlerFailed += exception => _report($"What the master has sent could not be dealt with: {exception.Message}");
    }

    /// <summary>Runs the agent to its end.</summary>
    /// <param name="leave">The machine is to leave: its workers are killed.</param>
    /// <returns>Completes when its workers are gone.</returns>
    /// <exception cref="ClusterException">The server cannot be reached, there is no such master, it refuses this machine, or it is gone.</exception>
    public async Task RunAsync(CancellationToken leave)
    {
        // The pipes of the workers are in it, as those of a master of this machine.
        var pipes = PipeDirectory.Use();
        using var scripts = new ScriptCopies();
        try
        {
            await _bus.ConnectAsync(leave).ConfigureAwait(false);
            for (var isFirst = true; ; isFirst = false)
            {
                switch (await RunSessionAsync(scripts, isFirst, leave).ConfigureAwait(false))
                {
                    case AgentOutcome.Dismissed:
                        _report("The master needs this machine no longer.");
                        return;
                    case AgentOutcome.Left:
                        return;
                    case AgentOutcome.LeaderGone:
                        throw LeaderLost();
                    case AgentOutcome.CutOff when _options.ServerEndsWithLeader && IsServerGone():
                        // It has been silent for as long as a session lasts without it.
                        throw LeaderLost();
                    default:
                        _report("Nothing is heard from the master; the workers were stopped. Trying to join again.");
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            // It was to leave before it had joined.
        }
        finally
        {
            await _bus.DisposeAsync().ConfigureAwait(false);
            pipes.Release();
        }
    }

    private async Task<AgentOutcome> RunSessionAsync(ScriptCopies scripts, bool isFirst, CancellationToken leave)
    {
        await AwaitConnectionAsync(leave).ConfigureAwait(false);
        var name = JoinRequest.NewToken();
        using var session = new AgentSession(_bus, _options, _subjects, name, scripts);
        _refusal = null;
        var subscription = await _bus.SubscribeAsync(_subjects.Down(name), session.OnMessage).ConfigureAwait(false);
        await using (subscription.ConfigureAwait(false))
        {
            ThrowIfRefused();
            await JoinAsync(name, isFirst, leave).ConfigureAwait(false);
            _report(string.Create(
                CultureInfo.InvariantCulture, $"{_options.ComputerName} has joined the master '{_options.ClusterName}' with {_options.WorkerCount} workers."));
            return await session.RunAsync(leave).ConfigureAwait(false);
        }
    }

    private async Task JoinAsync(string session, bool isFirst, CancellationToken leave)
    {
        var request = new JoinRequest(
            JoinRequest.CurrentVersion, session, _machine, _options.ComputerName, _options.WorkerCount, Environment.ProcessId).Write();
        var since = Environment.TickCount64;
        for (var nobody = 0; ;)
        {
            try
            {
                var answer = await _bus.AskAsync(_subjects.Join, request, MachineTimes.Answer, leave).ConfigureAwait(false);
                if (answer is { } reply)
                {
                    if (JoinReply.Read(reply.Span).Refusal is { } refusal)
                    {
                        throw new ClusterException(
                            ClusterErrorId.JoinRefused, ErrorCategory.PermissionDenied, $"The master '{_options.ClusterName}' refuses this machine: {refusal}", _options.ClusterName);
                    }

                    return;
                }

                if (++nobody >= MachineTimes.NobodyThere)
                {
                    throw isFirst
                        ? new ClusterException(
                            ClusterErrorId.LeaderNotFound,
                            ErrorCategory.ObjectNotFound,
                            $"No master named '{_options.ClusterName}' uses this server. Start it first, with -Listen or -Server.",
                            _options.ClusterName)
                        : LeaderLost();
                }
            }
            catch (ProtocolException exception)
            {
                throw new ClusterException(
                    ClusterErrorId.JoinRefused,
                    ErrorCategory.InvalidData,
                    $"What has answered for the master '{_options.ClusterName}' is none of this module: {exception.Message}",
                    _options.ClusterName,
                    exception);
            }
            catch (TimeoutException)
            {
                nobody = 0;
                ThrowIfGone(since);
                ThrowIfRefused();
            }

            await Task.Delay(RetryTime, leave).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the server is reached: a subscription would wait for that too, and could not be told to leave.</summary>
    private async Task AwaitConnectionAsync(CancellationToken leave)
    {
        for (var since = Environment.TickCount64; !_bus.IsConnected;)
        {
            ThrowIfGone(since);
            await Task.Delay(RetryTime, leave).ConfigureAwait(false);
        }
    }

    /// <summary>The server has not been reached for a while: whether that is because it has ended, with the master.</summary>
    private void ThrowIfGone(long since)
    {
        if (_options.ServerEndsWithLeader && IsServerGone() && Environment.TickCount64 - since >= MachineTimes.Answer.TotalMilliseconds)
        {
            throw LeaderLost();
        }
    }

    private void ThrowIfRefused()
    {
        if (_refusal is { } refusal)
        {
            throw new ClusterException(
                ClusterErrorId.ServerRefused,
                ErrorCategory.PermissionDenied,
                $"The server does not let this machine join the master '{_options.ClusterName}': {refusal} Its credential is for another master, or not for machines.",
                _options.ClusterName);
        }
    }

    /// <summary>Whether the server's machine is there, and no server on it.</summary>
    private bool IsServerGone()
    {
        for (var failure = _bus.LastFailure; failure is not null; failure = failure.InnerException)
        {
            if (failure is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                return !_bus.IsConnected;
            }
        }

        return false;
    }

    private ClusterException LeaderLost() => new(
        ClusterErrorId.LeaderLost,
        ErrorCategory.ConnectionError,
        $"The master '{_options.ClusterName}' is gone; the workers of this machine were stopped.",
        _options.ClusterName);
}
