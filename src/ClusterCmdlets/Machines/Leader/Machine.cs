using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Machines.Link;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Machines.Leader;

/// <summary>
/// A machine that has joined, seen from the leader: a place for workers, and the link to the agent there. It lasts for one session of the agent; an agent that
/// comes back is another one. Thread-safe.
/// </summary>
internal sealed class Machine : IWorkerPlace, IDisposable
{
    private readonly IMessageBus _bus;
    private readonly string _down;
    private readonly MachineLink _link;
    private readonly Channel _control;
    private readonly ConcurrentDictionary<int, RemoteProcess> _processes = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _gate = new();
    private ClusterException? _failure;
    private int _lastNumber;

    /// <summary>Creates a machine for an agent that is about to be told that it is welcome.</summary>
    /// <param name="bus">The connection.</param>
    /// <param name="subjects">The cluster's subjects.</param>
    /// <param name="request">What the agent has said of itself.</param>
    public Machine(IMessageBus bus, MachineSubjects subjects, JoinRequest request)
    {
        _bus = bus;
        _down = subjects.Down(request.Session);
        _link = new MachineLink(bus, _down);
        Request = request;
        _control = new Channel(ChannelLimits.Default, OnControlClosed);
        RegisterFrames();
        var stream = _link.Open(0);
        _control.Connect(stream, "Cluster machine " + request.ComputerName, stream);
    }

    /// <summary>What the agent has said of itself.</summary>
    public JoinRequest Request { get; }

    /// <summary>When it joined, UTC.</summary>
    public DateTime JoinTime { get; } = DateTime.UtcNow;

    /// <inheritdoc/>
    public string ComputerName => Request.ComputerName;

    /// <inheritdoc/>
    public int Capacity => Request.WorkerCount;

    /// <inheritdoc/>
    public bool IsHere => false;

    /// <inheritdoc/>
    public bool IsOpen => !_lost.Task.IsCompleted;

    /// <summary>How long nothing has been heard from it.</summary>
    public TimeSpan Silence => _link.Silence;

    /// <summary>Completes with the reason when it is gone.</summary>
    public Task<string> Gone => _lost.Task;

    /// <inheritdoc/>
    public IWorkerLifetime CreateLifetime(HostSettings host, Action<string, bool> onLine, Action<string> onRejected) =>
        new RemoteProcess(this, Interlocked.Increment(ref _lastNumber), host, onLine, onRejected);

    /// <summary>Has the agent start a process.</summary>
    /// <param name="process">The process.</param>
    /// <param name="order">What the agent is told.</param>
    /// <returns>The stream that will carry the worker's channel.</returns>
    /// <exception cref="ClusterException">The machine is gone.</exception>
    public MachineStream Begin(RemoteProcess process, StartOrder order)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            _processes[process.Number] = process;
        }

        var stream = _link.Open(process.Number);
        _control.Writer.WriteControl(ControlKind.StartWorker, order.Write());
        return stream;
    }

    /// <summary>Has the agent kill a process.</summary>
    /// <param name="process">The process.</param>
    public void Kill(RemoteProcess process) => _control.Writer.WriteControl(ControlKind.KillWorker, BitConverter.GetBytes(process.Number));

    /// <summary>A process has ended, and nothing of it is left.</summary>
    /// <param name="process">The process.</param>
    public void Forget(RemoteProcess process) => _processes.TryRemove(process.Number, out _);

    /// <summary>Takes what the agent has sent. One thread at a time.</summary>
    /// <param name="message">The message.</param>
    public void Deliver(ReadOnlyMemory<byte> message)
    {
        try
        {
            _link.Deliver(message);
        }
        catch (ProtocolException exception)
        {
            Lose(exception.Message);
        }
    }

    /// <summary>Asks the agent for signs of life until it gives none.</summary>
    /// <returns>Completes when the machine is gone. Never fails.</returns>
    public async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(MachineTimes.Ping);
        var nobody = 0;
        try
        {
            while (IsOpen && await timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
            {
                try
                {
                    var answer = await _bus.AskAsync(_down, ReadOnlyMemory<byte>.Empty, MachineTimes.Answer, _end.Token).ConfigureAwait(false);
                    nobody = answer is null ? nobody + 1 : 0;
                    if (answer is not null)
                    {
                        _link.NoteHeard();
                    }
                }
                catch (TimeoutException)
                {
                    nobody = 0;
                }

                if (nobody >= MachineTimes.NobodyThere)
                {
                    Lose("Its agent has ended.");
                }
                else if (Silence >= MachineTimes.Lost)
                {
                    Lose(string.Create(CultureInfo.InvariantCulture, $"Nothing was heard of it for {Silence.TotalSeconds:0.#} s."));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The leader ends.
        }
    }

    /// <summary>The machine is not needed any more: the agent ends.</summary>
    public void Dismiss()
    {
        _control.Writer.WriteControl(ControlKind.Dismiss, []);
        _control.Writer.WaitUntilWritten(MachineTimes.Ping);
    }

    /// <summary>The machine is gone: so are its workers.</summary>
    /// <param name="reason">Why.</param>
    public void Lose(string reason)
    {
        var failure = new ClusterException(
            ClusterErrorId.MachineLost, ErrorCategory.ConnectionError, $"The machine {ComputerName} is lost. {reason}", ComputerName);
        lock (_gate)
        {
            _failure ??= failure;
        }

        if (_lost.TrySetResult(reason))
        {
            // What has arrived is read before the end is seen.
            _link.Dispose();
            foreach (var process in _processes.Values)
            {
                process.OnLost(failure);
            }
        }
    }

    /// <summary>Nobody needs to know any more whether it is there.</summary>
    public void EndWatch() => _end.Cancel();

    /// <summary>Ends the link. After <see cref="WatchAsync"/> has ended.</summary>
    public void Dispose()
    {
        Lose("The master has ended.");
        _control.Dispose();
        _end.Dispose();
    }

    private void RegisterFrames()
    {
        var frames = _control.Frames;
        frames.Add(ControlKind.Dismiss, 0, _ => Lose("It has left."));
        frames.Add(ControlKind.WorkerStarted, FrameTable.AnySize, frame =>
        {
            var notice = StartedNotice.Read(frame.Body);
            Find(notice.Worker)?.OnStarted(notice);
        });
        frames.Add(ControlKind.WorkerConnected, sizeof(int) + sizeof(ushort), frame =>
        {
            if (frame.Body.Length != sizeof(int) + sizeof(ushort))
            {
                throw new ProtocolException("A notice of a connected worker is malformed.");
            }

            Find(BitConverter.ToInt32(frame.Body))?.OnConnected(BitConverter.ToUInt16(frame.Body, sizeof(int)));
        });
        frames.Add(ControlKind.WorkerEnded, FrameTable.AnySize, frame =>
        {
            var notice = EndedNotice.Read(frame.Body);
            Find(notice.Worker)?.OnEnded(notice);
        });
        frames.Add(ControlKind.WorkerLine, FrameTable.AnySize, frame =>
        {
            var notice = LineNotice.Read(frame.Body);
            Find(notice.Worker)?.OnLine(notice);
        });
        frames.Add(ControlKind.WorkerUsage, UsageNotice.MaxSize, frame =>
        {
            var notice = UsageNotice.Read(frame.Body);
            Find(notice.Worker)?.OnUsage(notice);
        });
    }

    /// <summary>Of a worker that is over, something may still be said.</summary>
    private RemoteProcess? Find(int number) => _processes.GetValueOrDefault(number);

    private void OnControlClosed(Exception? failure) => Lose(failure?.Message ?? "Its agent has closed the connection.");
}
