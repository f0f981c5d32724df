using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Worker;
using Cluster.Worker.Ports;

namespace Cluster.Commands;

/// <summary>What the commands share that open a port in a worker: where it is, and who gets its connections.</summary>
public abstract class ListenerCommand : ClusterCmdlet
{
    /// <summary>The parameter set of internet addresses.</summary>
    protected const string PortSet = "Port";

    /// <summary>The parameter set of Unix sockets.</summary>
    protected const string PathSet = "Path";

    /// <summary>The parameter set of inherited sockets.</summary>
    protected const string DescriptorSet = "Descriptor";

    private const int DefaultBacklog = 512;

    /// <summary>The port, from 0 to 65535. With 0 the system chooses a free one, the same for all workers.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PortSet)]
    [ValidateRange(0, ushort.MaxValue)]
    public int Port { get; set; }

    /// <summary>
    /// The IP address to listen on. <c>*</c> is every address of this machine, IPv4 and IPv6; <c>localhost</c> is 127.0.0.1.
    /// Default: 127.0.0.1, which only programs of this machine can reach.
    /// </summary>
    [Parameter(Position = 1, ParameterSetName = PortSet)]
    [ValidateNotNullOrEmpty]
    public string Address { get; set; } = IPAddress.Loopback.ToString();

    /// <summary>The file of a Unix socket. It is removed when the last worker has stopped listening.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string Path { get; set; } = "";

    /// <summary>
    /// The permissions of the socket's file in octal digits, such as 660. Default: what the umask of the process leaves.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [ValidatePattern("^0?[0-7]{3}$")]
    public string? SocketMode { get; set; }

    /// <summary>
    /// The descriptor of a listening socket that the master's process was started with, such as 3 for the first one of
    /// systemd's socket activation. Not on Windows.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = DescriptorSet)]
    [ValidateRange(3, int.MaxValue)]
    public int Descriptor { get; set; }

    /// <summary>Accepts only IPv6 connections on an IPv6 address; the IPv4 port stays free.</summary>
    [Parameter(ParameterSetName = PortSet)]
    public SwitchParameter IPv6Only { get; set; }

    /// <summary>
    /// Which worker gets a connection. The workers that share a port must agree on whether it is Shared; of the other values,
    /// the last one that a worker asks for counts.
    /// </summary>
    [Parameter]
    public ConnectionScheduling Scheduling { get; set; }

    /// <summary>
    /// Gives this worker a port of its own: it binds the port itself, and another worker that asks for it gets an error.
    /// </summary>
    [Parameter(ParameterSetName = PortSet)]
    [Parameter(ParameterSetName = PathSet)]
    public SwitchParameter Exclusive { get; set; }

    /// <summary>
    /// As <c>-Exclusive</c>, but others may bind the port too if they set this as well, and the system distributes the
    /// connections. Those that a worker has not accepted when it stops are lost. Linux and macOS only.
    /// </summary>
    [Parameter(ParameterSetName = PortSet)]
    public SwitchParameter ReusePort { get; set; }

    /// <summary>
    /// How many connections the system keeps that were not accepted yet. The largest value that a worker asks for counts.
    /// Default: 512.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int Backlog { get; set; } = DefaultBacklog;

    /// <summary>
    /// How many connections this worker has open at once; others go to other workers, or wait. 0 takes none. Default: no
    /// limit; for an HTTP server, 10,000.
    /// </summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaxConnections { get; set; } = int.MaxValue;

    /// <summary>What happens to a connection while every worker has as many as it may.</summary>
    [Parameter]
    public ConnectionOverload OnOverload { get; set; }

    /// <summary>Opens the port; ends the command with the system's error if that fails.</summary>
    /// <param name="isUdp">Whether it is a port of UDP.</param>
    /// <param name="keepsAlive">Whether the worker stays alive as long as it is open.</param>
    /// <returns>The listener.</returns>
    private protected WorkerListener Listen(bool isUdp = false, bool keepsAlive = true)
    {
        try
        {
            if (WorkerSession.Current is not { } session)
            {
                throw NotAWorker();
            }

            return WorkerPorts.Of(session).Listen(Request(isUdp), keepsAlive, StopToken);
        }
        catch (ClusterException exception)
        {
            Fail(exception);
            throw;
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>The error of a process that is not a worker.</summary>
    private protected ClusterException NotAWorker() => new(
        ClusterErrorId.NotAWorker,
        ErrorCategory.InvalidOperation,
        $"This process is not a worker. {MyInvocation.MyCommand.Name} is for the scripts of workers: call it in the script that Start-ClusterMaster runs.");

    private ListenRequest Request(bool isUdp)
    {
        var request = ParameterSetName == PathSet ? new ListenRequest(PortProtocol.Unix, FilePath(), 0)
            : ParameterSetName == DescriptorSet ? new ListenRequest(PortProtocol.Inherited, "", Descriptor)
            : new ListenRequest(isUdp ? PortProtocol.Udp : PortProtocol.Tcp, InternetAddress(), Port);
        return request with
        {
            IPv6Only = IPv6Only,
            Scheduling = Scheduling,
            Exclusive = Exclusive || ReusePort,
            ReusePort = ReusePort,
            DropsWhenFull = OnOverload == ConnectionOverload.Drop,
            Backlog = Backlog,
            MaxConnections = MaxConnections,
            SocketMode = SocketMode is null ? -1 : Convert.ToInt32(SocketMode, 8),
        };
    }

    private string FilePath()
    {
        var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path, out var provider, out _);
        return provider.Name == "FileSystem" ? path : throw new ClusterException(
            ClusterErrorId.AddressInvalid, ErrorCategory.InvalidArgument, $"'{Path}' is not in the file system: a Unix socket is a file.", Path);
    }

    private string InternetAddress()
    {
        if (Address == "*")
        {
            return (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any).ToString();
        }

        if (Address.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback.ToString();
        }

        // A lone number is an address to .NET, and to nobody else.
        return IPAddress.TryParse(Address, out var address) && (Address.Contains('.', StringComparison.Ordinal) || Address.Contains(':', StringComparison.Ordinal))
            ? address.ToString()
            : throw new ClusterException(
                ClusterErrorId.AddressInvalid,
                ErrorCategory.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"'{Address}' is not an IP address. Give one of this machine's, 127.0.0.1 for itself alone, or * for all."),
                Address);
    }
}
