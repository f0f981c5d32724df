using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Text;
using Cluster.Contracts;
using Cluster.Machines.Link;
using Cluster.Transport;

namespace Cluster.Machines.Leader;

/// <summary>
/// The machines of a master: lets agents in, hears from them, and finds out when one is gone. One leader of a name is on a bus at a time. Thread-safe.
/// </summary>
internal sealed class MachineLeader : IAsyncDisposable
{
    /// <summary>The most machines at once.</summary>
    private const int MaxMachines = 1000;

    /// <summary>How many lost machines are remembered: agents that come and go must not cost more and more.</summary>
    private const int MaxLost = 100;

    /// <summary>How long another leader of the same name may take to say that it is there.</summary>
    private static readonly TimeSpan ClaimTime = TimeSpan.FromMilliseconds(300);

    private readonly string _clusterName;
    private readonly IMessageBus _bus;
    private readonly IMachineObserver _observer;
    private readonly MachineSubjects _subjects;
    private readonly string _id = JoinRequest.NewToken();
    private readonly object _gate = new();
    private readonly Dictionary<string, Machine> _bySession = [];
    private readonly Dictionary<string, Machine> _last = [];
    private readonly List<Task> _tasks = [];
    private readonly List<IAsyncDisposable> _subscriptions = [];
    private volatile string? _refusal;
    private bool _isEstablished;
    private bool _isBeaten;
    private bool _isClosed;

    /// <summary>Creates a leader.</summary>
    /// <param name="clusterName">The master's name.</param>
    /// <param name="bus">The connection, not connected yet. The leader disposes it.</param>
    /// <param name="observer">Told of the machines.</param>
    public MachineLeader(string clusterName, IMessageBus bus, IMachineObserver observer)
    {
        _clusterName = clusterName;
        _bus = bus;
        _observer = observer;
        _subjects = new MachineSubjects(clusterName);
        bus.Refused += OnRefused;
        bus.HandlerFailed += OnHandlerFailed;
    }

    /// <summary>The machines that have joined, in that order; of each, the last session. Lost ones are not open any more.</summary>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<Machine> Machines()
    {
        lock (_gate)
        {
            return [.. _last.Values.OrderBy(machine => machine.JoinTime)];
        }
    }

    /// <summary>Connects, and lets machines in from now on.</summary>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>Completes when machines can join.</returns>
    /// <exception cref="ClusterException">The server cannot be reached, or the name is taken.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _bus.ConnectAsync(cancellation).ConfigureAwait(false);
        _subscriptions.Add(await _bus.SubscribeAsync(_subjects.Claim, OnClaim).ConfigureAwait(false));
        try
        {
            await _bus.AskAsync(_subjects.Claim, Encoding.ASCII.GetBytes(_id), ClaimTime, cancellation).ConfigureAwait(false);
            throw NameInUse();
        }
        catch (TimeoutException)
        {
            // Nobody else is there.
        }

        lock (_gate)
        {
            _isEstablished = !_isBeaten;
        }

        if (!_isEstablished)
        {
            throw NameInUse();
        }

        _subscriptions.Add(await _bus.SubscribeAsync(_subjects.AllUp, OnMessage).ConfigureAwait(false));
        if (_refusal is { } refusal)
        {
            throw new ClusterException(
                ClusterErrorId.ServerRefused,
                ErrorCategory.PermissionDenied,
                $"The server does not let this master lead '{_clusterName}': {refusal} Its credential must allow all subjects below {_subjects.All}.",
                _clusterName);
        }
    }

    /// <summary>Dismisses the machines, and ends.</summary>
    /// <returns>Completes when nothing of it is left.</returns>
    public async ValueTask DisposeAsync()
    {
        Machine[] machines;
        Task[] tasks;
        lock (_gate)
        {
            _isClosed = true;
            machines = [.. _bySession.Values];
            tasks = [.. _tasks];
        }

        await Task.WhenAll(machines.Select(machine => Task.Run(machine.Dismiss))).ConfigureAwait(false);
        foreach (var machine in machines)
        {
            machine.Lose("The master has ended.");
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
        foreach (var subscription in _subscriptions)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
        }

        _bus.Refused -= OnRefused;
        _bus.HandlerFailed -= OnHandlerFailed;
        await _bus.DisposeAsync().ConfigureAwait(false);
    }

    private ClusterException NameInUse() => new(
        ClusterErrorId.MasterNameInUse,
        ErrorCategory.ResourceExists,
        $"A master named '{_clusterName}' uses this server already. Stop it or choose another -Name.",
        _clusterName);

    private void OnRefused(string reason)
    {
        _refusal = reason;
        _observer.OnRefused(reason);
    }

    private void OnHandlerFailed(Exception exception) => _observer.OnRefused($"What a machine has sent could not be dealt with: {exception.Message}");

    /// <summary>
    /// Another leader of the same name wants to begin. One that has begun is in the right; of two that begin at the same time it is the one with the smaller id. The
    /// other gives way by itself: its own claim may have come too early to be heard.
    /// </summary>
    private void OnClaim(BusMessage claim)
    {
        var id = Encoding.ASCII.GetString(claim.Payload.Span);
        bool isMine;
        lock (_gate)
        {
            isMine = _isEstablished || string.CompareOrdinal(_id, id) < 0;
            _isBeaten |= !isMine && id != _id;
        }

        if (id != _id && isMine && claim.ReplyTo is not null)
        {
            _bus.Publish(claim.ReplyTo, ReadOnlyMemory<byte>.Empty);
        }
    }

    private void OnMessage(BusMessage message)
    {
        var session = message.Subject[(message.Subject.LastIndexOf('.') + 1)..];
        Machine? machine;
        lock (_gate)
        {
            machine = _bySession.GetValueOrDefault(session);
        }

        if (machine is not null)
        {
            machine.Deliver(message.Payload);
        }
        else if (message.ReplyTo is not null)
        {
            // Packets of sessions that are over are dropped here.
            Answer(message, message.ReplyTo);
        }
    }

    private void Answer(BusMessage message, string replyTo)
    {
        if (message.Subject == _subjects.IsLed)
        {
            _bus.Publish(replyTo, ReadOnlyMemory<byte>.Empty);
        }
        else if (message.Subject == _subjects.Join)
        {
            string? refusal;
            try
            {
                refusal = LetIn(JoinRequest.Read(message.Payload.Span));
            }
            catch (ProtocolException exception)
            {
                refusal = exception.Message;
            }

            if (refusal is not null)
            {
                _observer.OnRefused($"A machine was not let in: {refusal}");
            }

            _bus.Publish(replyTo, new JoinReply(refusal).Write());
        }
    }

    /// <summary>Lets a machine in.</summary>
    /// <returns>Why not; null when it is in.</returns>
    [SuppressMessage("Reliability", "CA2000", Justification = "The task of the machine disposes it.")]
    private string? LetIn(JoinRequest request)
    {
        if (request.Version != JoinRequest.CurrentVersion)
        {
            return $"It speaks version {request.Version}, the master version {JoinRequest.CurrentVersion}. Use the same module on both.";
        }

        lock (_gate)
        {
            if (_isClosed)
            {
                return "The master is ending.";
            }

            if (_bySession.ContainsKey(request.Session))
            {
                // The answer was lost, and it asks again.
                return null;
            }

            if (_bySession.Count >= MaxMachines)
            {
                return $"There are {MaxMachines} machines.";
            }

            var before = Earlier(request);
            var machine = new Machine(_bus, _subjects, request);
            _bySession.Add(request.Session, machine);
            if (before is not null)
            {
                _last.Remove(before.Request.Machine);
            }

            _last[request.Machine] = machine;
            foreach (var forgotten in _last.Values.Where(known => !known.IsOpen).OrderByDescending(known => known.JoinTime).Skip(MaxLost).ToArray())
            {
                _last.Remove(forgotten.Request.Machine);
            }

            _tasks.RemoveAll(task => task.IsCompleted);
            _tasks.Add(Task.Run(() => RunAsync(machine, before)));
            return null;
        }
    }

    /// <summary>
    /// What is known of the machine from before: of the same agent, or of one that was lost, when a service manager has started another one in its place.
    /// Under the lock.
    /// </summary>
    private Machine? Earlier(JoinRequest request) =>
        _last.GetValueOrDefault(request.Machine)
        ?? _last.Values.FirstOrDefault(known => !known.IsOpen && string.Equals(known.ComputerName, request.ComputerName, StringComparison.OrdinalIgnoreCase));

    /// <summary>The life of a machine, from its joining to its loss.</summary>
    private async Task RunAsync(Machine machine, Machine? before)
    {
        using (machine)
        {
            before?.Lose("Its agent has joined anew.");
            var watch = machine.WatchAsync();
            try
            {
                _observer.OnJoined(machine, isBack: before is not null);
            }
            catch (ClusterException exception) when (exception.ErrorId == ClusterErrorId.MasterStopped)
            {
                machine.Lose("The master has ended.");
            }

            var reason = await machine.Gone.ConfigureAwait(false);
            lock (_gate)
            {
                _bySession.Remove(machine.Request.Session);
            }

            _observer.OnLost(machine, reason);
            machine.EndWatch();
            await watch.ConfigureAwait(false);
        }
    }
}
