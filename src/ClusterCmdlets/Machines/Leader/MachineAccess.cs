using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Machines.Link;
using Cluster.Machines.Server;
using Cluster.Machines.Ssh;

namespace Cluster.Machines.Leader;

/// <summary>
/// The way by which machines come to a master: the server, if the master has one of its own, the leader that uses it, and the agents that are started
/// by SSH. Thread-safe.
/// </summary>
internal sealed class MachineAccess : IAsyncDisposable
{
    private readonly MachineAccessOptions _options;
    private readonly List<SshAgent> _agents = [];
    private TaskCompletionSource _joined = NewSignal();
    private NatsServer? _server;
    private MachineLeader? _leader;
    private Task _opening = Task.CompletedTask;

    /// <summary>Prepares the way; nothing is started yet.</summary>
    /// <param name="options">Which way.</param>
    public MachineAccess(MachineAccessOptions options)
    {
        _options = options;
    }

    /// <summary>What a machine needs to join; null when the server is not the master's own, or machines come by SSH alone.</summary>
    public JoinTicket? Ticket { get; private set; }

    /// <summary>The machines that have joined, lost ones included.</summary>
    public IReadOnlyList<Machine> Machines => _leader?.Machines() ?? [];

    /// <summary>Why machines that were to be reached by SSH have not joined and never will, an error for each.</summary>
    public IReadOnlyList<ClusterException> Failures => [.. _agents.Select(agent => agent.Failure).OfType<ClusterException>()];

    /// <summary>Opens the way. Called once.</summary>
    /// <param name="clusterName">The master's name.</param>
    /// <param name="observer">Told of the machines.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>Completes when machines can join, and the agents are on their way.</returns>
    /// <exception cref="ClusterException">The server cannot be started or reached, the name is taken, or there is no SSH.</exception>
    public Task OpenAsync(string clusterName, IMachineObserver observer, CancellationToken cancellation) =>
        _opening = OpenWayAsync(clusterName, observer, cancellation);

    /// <summary>A machine can run workers.</summary>
    public void NoteJoined() => Interlocked.Exchange(ref _joined, NewSignal()).TrySetResult();

    /// <summary>Waits until machines have joined.</summary>
    /// <param name="count">How many.</param>
    /// <param name="minimum">With how many it goes on when the others cannot be reached; at most <paramref name="count"/>.</param>
    /// <param name="joined">Says how many there are.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Completes when there are that many, or when no more can come.</returns>
    /// <exception cref="ClusterException">So many of the agents that were started by SSH have ended that there never will be.</exception>
    public async Task WaitForAsync(int count, int minimum, Func<int> joined, CancellationToken cancellation)
    {
        while (true)
        {
            // Before the look: who joins after it ends the wait.
            var next = Volatile.Read(ref _joined).Task;
            if (joined() >= count)
            {
                return;
            }

            var hopeful = _agents.Where(agent => agent.Failure is null).ToArray();
            if (hopeful.Length < _agents.Count)
            {
                if (hopeful.Length < minimum)
                {
                    throw Failures[0];
                }

                if (joined() >= Math.Max(hopeful.Length, minimum))
                {
                    return;
                }
            }

            await Task.WhenAny([next, .. hopeful.Select(agent => agent.Failed)]).WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Dismisses the machines, and ends agents and server.</summary>
    /// <returns>Completes when nothing is left.</returns>
    public async ValueTask DisposeAsync()
    {
        // Ctrl+C ends an opening, but not at once: what it still starts must be there to be ended. Who has called it is told how it went.
        await Task.WhenAny(_opening).ConfigureAwait(false);
        foreach (var agent in _agents)
        {
            agent.BeginEnd();
        }

        try
        {
            if (_leader is not null)
            {
                await _leader.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            try
            {
                await Task.WhenAll(_agents.Select(agent => agent.DisposeAsync().AsTask())).ConfigureAwait(false);
            }
            finally
            {
                if (_server is not null)
                {
                    await _server.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task OpenWayAsync(string clusterName, IMachineObserver observer, CancellationToken cancellation)
    {
        var access = _options.Servers ?? await StartServerAsync(clusterName, observer, cancellation).ConfigureAwait(false);
        _leader = new MachineLeader(clusterName, NatsLibrary.Create(access), observer);
        await _leader.StartAsync(cancellation).ConfigureAwait(false);
        foreach (var options in _options.Agents)
        {
            _agents.Add(new SshAgent(
                options,
                agent => StartAgent(clusterName, options, agent),
                agent => _leader.Machines().FirstOrDefault(machine => machine.Request.Machine == agent.Machine),
                failure => observer.OnNotStarted(options.HostName, failure.Message)));
        }
    }

    private SshMachine StartAgent(string clusterName, SshMachineOptions options, SshAgent agent) => SshMachine.Start(
        options,
        _server!.Port,
        port => TicketFor(clusterName, [new Uri(string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{port}"))]) with
        {
            // The name that the user knows, whatever the machine calls itself.
            ComputerName = options.HostName,
            Machine = agent.Machine,
        },
        _options.AgentWorkerCount,
        static _ => { });

    private async Task<MessageBusOptions> StartServerAsync(string clusterName, IMachineObserver observer, CancellationToken cancellation)
    {
        // Over SSH the server is reached on the loopback alone, and what goes there is in SSH's hands.
        var listen = _options.Listen ?? new IPEndPoint(IPAddress.Loopback, 0);
        _server = await NatsServer.StartAsync(
            new NatsServerOptions
            {
                Address = listen.Address,
                Port = listen.Port,
                UseTls = _options.Listen is not null,
                ClusterName = MachineSubjects.Token(clusterName),
            },
            log => observer.OnRefused($"The message server has ended and is started again. {log}"),
            cancellation).ConfigureAwait(false);
        if (_options.Listen is not null)
        {
            Ticket = TicketFor(clusterName, [.. Addresses(listen.Address).Select(_server.AddressOf)]);
        }

        return new MessageBusOptions
        {
            Servers = [_server.LocalAddress],
            UserName = _server.Leader.Name,
            Password = _server.Leader.Password,
            CertificatePin = _server.CertificatePin,
            ConnectionName = "leader",
        };
    }

    private JoinTicket TicketFor(string clusterName, Uri[] servers) => new()
    {
        ClusterName = clusterName,
        Servers = servers,
        UserName = _server!.Machine.Name,
        Password = _server.Machine.Password,
        CertificatePin = _server.CertificatePin,
        LeaderEnds = true,
    };

    /// <summary>By which addresses others may reach a server: the one that it listens on, or every one of this machine.</summary>
    private static string[] Addresses(IPAddress listens)
    {
        if (!listens.Equals(IPAddress.Any) && !listens.Equals(IPAddress.IPv6Any))
        {
            return [Write(listens)];
        }

        var own = NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => !address.IsIPv6LinkLocal && (address.AddressFamily == AddressFamily.InterNetwork || listens.Equals(IPAddress.IPv6Any)))
            .Select(Write)
            .ToArray();
        return own.Length > 0 ? own : [Write(IPAddress.Loopback)];
    }

    private static string Write(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
}
