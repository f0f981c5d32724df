using System.Collections.Concurrent;
using Cluster.Machines.Link;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Machines.Agent;

/// <summary>
/// One session of an agent: from its joining until the master dismisses it, is gone, or is out of reach. Its workers end with it, and what it sent is void
/// afterwards, since a new session has another name. Thread-safe.
/// </summary>
internal sealed class AgentSession : IDisposable
{
    /// <summary>How much may be said of lines before it is waited until it was sent, in characters.</summary>
    private const int LineBudget = 64 * 1024;

    /// <summary>After this silence the agent asks whether there still is a master.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>What a machine that leaves waits for at most, twice: the end of its workers, and that the master was told.</summary>
    private static readonly TimeSpan LeaveTime = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan UsageInterval = TimeSpan.FromSeconds(2);

    private readonly IMessageBus _bus;
    private readonly AgentOptions _options;
    private readonly MachineSubjects _subjects;
    private readonly MachineLink _link;
    private readonly Channel _control;
    private readonly ScriptCopies _scripts;
    private readonly ConcurrentDictionary<int, (AgentWorker Worker, Task Run)> _workers = new();
    private readonly TaskCompletionSource<AgentOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _gate = new();
    private long _said;
    private bool _isEnding;

    /// <summary>Begins a session.</summary>
    /// <param name="bus">The connection.</param>
    /// <param name="options">How workers run here.</param>
    /// <param name="subjects">The cluster's subjects.</param>
    /// <param name="name">The session's name.</param>
    /// <param name="scripts">Where scripts are kept.</param>
    public AgentSession(IMessageBus bus, AgentOptions options, MachineSubjects subjects, string name, ScriptCopies scripts)
    {
        _bus = bus;
        _options = options;
        _subjects = subjects;
        _scripts = scripts;
        _link = new MachineLink(bus, subjects.Up(name));
        _control = new Channel(ChannelLimits.Default, OnControlClosed);
        _control.Frames.Add(ControlKind.StartWorker, FrameTable.AnySize, frame => Start(StartOrder.Read(frame.Body)));
        _control.Frames.Add(ControlKind.KillWorker, sizeof(int), frame => Kill(frame.Body));
        _control.Frames.Add(ControlKind.Dismiss, 0, _ => _ended.TrySetResult(AgentOutcome.Dismissed));
        var stream = _link.Open(0);
        _control.Connect(stream, "Cluster agent", stream);
    }

    /// <summary>How many workers there are.</summary>
    public int WorkerCount => _workers.Count;

    /// <summary>Takes what the master has sent. One thread at a time.</summary>
    /// <param name="message">The message.</param>
    public void OnMessage(BusMessage message)
    {
        if (message.ReplyTo is not null)
        {
            // It asks for a sign of life.
            _link.NoteHeard();
            _bus.Publish(message.ReplyTo, ReadOnlyMemory<byte>.Empty);
            return;
        }

        try
        {
            _link.Deliver(message.Payload);
        }
        catch (ProtocolException)
        {
            _ended.TrySetResult(AgentOutcome.CutOff);
        }
    }

    /// <summary>Runs the session to its end.</summary>
    /// <param name="leave">The machine is to leave.</param>
    /// <returns>How it ended; its workers are gone then.</returns>
    public async Task<AgentOutcome> RunAsync(CancellationToken leave)
    {
        using var watching = new CancellationTokenSource();
        using var leaving = leave.UnsafeRegister(static session => ((AgentSession)session!)._ended.TrySetResult(AgentOutcome.Left), this);
        var watch = WatchAsync(watching.Token);
        var outcome = await _ended.Task.ConfigureAwait(false);
        await EndWorkersAsync(isHeard: outcome == AgentOutcome.Left).ConfigureAwait(false);
        await watching.CancelAsync().ConfigureAwait(false);
        await watch.ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Says something to the master. Never waits.</summary>
    /// <param name="kind">What.</param>
    /// <param name="payload">The rest of it.</param>
    public void Tell(FrameKind kind, ReadOnlySpan<byte> payload) => _control.Writer.WriteControl(kind, payload);

    /// <summary>Passes a line on. Waits from time to time, so that a worker that floods its stderr is held up and not kept.</summary>
    /// <param name="line">The line.</param>
    public void Tell(LineNotice line)
    {
        Tell(ControlKind.WorkerLine, line.Write());
        if (Interlocked.Add(ref _said, line.Text.Length) >= LineBudget)
        {
            Interlocked.Exchange(ref _said, 0);
            _control.Writer.WaitUntilWritten(MachineTimes.Fence);
        }
    }

    /// <summary>Ends the link. After <see cref="RunAsync(CancellationToken)"/>.</summary>
    public void Dispose()
    {
        _link.Dispose();
        _control.Dispose();
    }

    /// <summary>Looks whether the master is there, and tells what the workers use.</summary>
    private async Task WatchAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval);
        var nobody = 0;
        var told = Environment.TickCount64;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
            {
                nobody = _link.Silence < Doubt ? 0 : await IsLedAsync(cancellation).ConfigureAwait(false) ? 0 : nobody + 1;
                if (nobody >= MachineTimes.NobodyThere)
                {
                    _ended.TrySetResult(AgentOutcome.LeaderGone);
                }
                else if (_link.Silence >= MachineTimes.Fence)
                {
                    _ended.TrySetResult(AgentOutcome.CutOff);
                }

                if (Environment.TickCount64 - told >= UsageInterval.TotalMilliseconds)
                {
                    told = Environment.TickCount64;
                    foreach (var (worker, _) in _workers.Values)
                    {
                        TellUsage(worker);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
    }

    private void TellUsage(AgentWorker worker)
    {
        if (worker.Usage is { } usage)
        {
            Tell(ControlKind.WorkerUsage, usage.Write());
        }
    }

    /// <summary>Whether somebody listens for machines, as far as the server can tell.</summary>
    private async Task<bool> IsLedAsync(CancellationToken cancellation)
    {
        try
        {
            return await _bus.AskAsync(_subjects.IsLed, ReadOnlyMemory<byte>.Empty, Interval, cancellation).ConfigureAwait(false) is not null;
        }
        catch (TimeoutException)
        {
            // The server cannot be asked.
            return true;
        }
    }

    private void Start(StartOrder order)
    {
        lock (_gate)
        {
            if (_isEnding || _workers.ContainsKey(order.Worker) || order.Worker <= 0)
            {
                return;
            }

            var stream = _link.Open(order.Worker);
            HostSettings host;
            try
            {
                host = ToHost(order);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                stream.Dispose();
                Tell(ControlKind.WorkerEnded, new EndedNotice(order.Worker, null, $"The script could not be stored: {exception.Message}", []).Write());
                return;
            }

            var worker = new AgentWorker(this, order, host, stream);
            _workers[order.Worker] = (worker, Task.Run(() => RunAsync(order.Worker, worker)));
        }
    }

    private async Task RunAsync(int number, AgentWorker worker)
    {
        await worker.RunAsync().ConfigureAwait(false);
        lock (_gate)
        {
            // While the session ends, its tasks are waited for.
            if (!_isEnding)
            {
                _workers.TryRemove(number, out _);
            }
        }
    }

    private HostSettings ToHost(StartOrder order) => new()
    {
        HostPath = _options.HostPath,
        HostArguments = order.HostArguments,
        Environment = order.Environment,
        Paths = new LaunchPaths
        {
            ScriptPath = order.ScriptText is null ? null : _scripts.Store(order.ScriptName ?? "script.ps1", order.ScriptText),
            Modules = order.Modules,
            WorkingDirectory = Directory.Exists(order.WorkingDirectory)
                ? order.WorkingDirectory
                : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        },
    };

    private void Kill(byte[] payload)
    {
        if (payload.Length != sizeof(int))
        {
            throw new ProtocolException("The number of a worker is malformed.");
        }

        if (_workers.TryGetValue(BitConverter.ToInt32(payload), out var found))
        {
            found.Worker.Kill();
        }
    }

    private async Task EndWorkersAsync(bool isHeard)
    {
        Task[] runs;
        lock (_gate)
        {
            _isEnding = true;
            runs = [.. _workers.Values.Select(found => found.Run)];
        }

        foreach (var (worker, _) in _workers.Values)
        {
            worker.Kill();
        }

        // Who leaves says so, and how its workers have ended, if somebody listens. Otherwise nobody waits for what they have said.
        var ended = Task.WhenAll(runs);
        if (isHeard)
        {
            await Task.WhenAny(ended, Task.Delay(LeaveTime)).ConfigureAwait(false);
            Tell(ControlKind.Dismiss, []);
            await Task.Run(() => _control.Writer.WaitUntilWritten(LeaveTime)).ConfigureAwait(false);
        }

        _link.Dispose();
        await ended.ConfigureAwait(false);
    }

    private void OnControlClosed(Exception? failure) => _ended.TrySetResult(failure is ProtocolException ? AgentOutcome.CutOff : AgentOutcome.Dismissed);
}
