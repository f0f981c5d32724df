using System.Collections;
using System.Management.Automation;
using Cluster.Machines.Leader;
using Cluster.Machines.Ssh;
using Cluster.Master;

namespace Cluster.Commands;

/// <content>The other machines on which workers run.</content>
public sealed partial class StartClusterMasterCommand
{
    /// <summary>
    /// Lets other machines join: starts a NATS server, which must be on the path as <c>nats-server</c>, that listens there. An IP address and a port, or a port
    /// for all addresses; with port 0 the system chooses a free one. Connections are encrypted. The master's property <c>JoinTicket</c> is what <c>Join-ClusterMaster</c> needs
    /// on another machine.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Listen { get; set; }

    /// <summary>With <c>-Listen</c>: a file that the ticket is written to. Nobody else can read it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? TicketPath { get; set; }

    /// <summary>
    /// Lets other machines join by NATS servers that there are: addresses as <c>tls://host:port</c>. They use
    /// <c>Join-ClusterMaster -Server</c> with the name of the master.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Uri[] Server { get; set; } = [];

    /// <summary>With <c>-Server</c>: a file with the master's credential, as the operator of the servers gives it out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? CredentialPath { get; set; }

    /// <summary>With <c>-Server</c>: a file with a certificate and its key (PEM), by which the master shows who it is.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? CertificatePath { get; set; }

    /// <summary>With <c>-Server</c>: a file with the certificates of authorities (PEM) that are trusted beside those of the system.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? AuthorityPath { get; set; }

    /// <summary>
    /// Machines that run the workers, in place of this one: names or addresses, also as <c>user@host</c>. An agent is started on each by
    /// SSH, with a key that needs no password; PowerShell and this module are installed there. They reach the master through that connection, and no port is
    /// opened. <c>localhost</c> stands for this machine, which is not reached by SSH. <c>-WorkerCount</c> holds for each machine; default: its cores.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ComputerName { get; set; } = [];

    /// <summary>
    /// The same with more to say, as hashtables with the keys of <c>Invoke-Command -SSHConnection</c>: <c>HostName</c>, <c>UserName</c>, <c>Port</c>,
    /// <c>KeyFilePath</c>, <c>Options</c>; and <c>HostPath</c>, the program of PowerShell there.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Hashtable[] SSHConnection { get; set; } = [];

    /// <summary>
    /// Returns when that many other machines have joined, or fails when they have not within <c>-StartupTimeoutSec</c>. Default: those of <c>-ComputerName</c> and
    /// <c>-SSHConnection</c>, otherwise none; none with <c>-NoWait</c>. A machine that cannot be reached and is not needed for that is an error, and the master starts.
    /// </summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int MinimumMachineCount { get; set; }

    /// <summary>This machine runs no workers: those that join do.</summary>
    [Parameter]
    public SwitchParameter NoLocalWorker { get; set; }

    private bool HasAgents => ComputerName.Length + SSHConnection.Length > 0;

    /// <summary>How many workers run here.</summary>
    private int LocalWorkerCount => NoLocalWorker || (HasAgents && !ComputerName.Any(MachineParameters.IsThisMachine)) ? 0 : WorkerCount;

    /// <summary>The way by which machines come; null when there are none.</summary>
    private MachineAccess? BuildAccess()
    {
        var ways = (Listen is null ? 0 : 1) + (Server.Length == 0 ? 0 : 1) + (HasAgents ? 1 : 0);
        if (ways > 1)
        {
            throw MachineParameters.Invalid("-Listen, -Server and -ComputerName or -SSHConnection exclude each other. Give one of them.", null);
        }

        if (TicketPath is not null && Listen is null)
        {
            throw MachineParameters.Invalid("-TicketPath is for the ticket of -Listen. Give an address to listen on.", TicketPath);
        }

        if (Server.Length == 0 && (CredentialPath ?? CertificatePath ?? AuthorityPath) is { } path)
        {
            throw MachineParameters.Invalid("-CredentialPath, -CertificatePath and -AuthorityPath are for the servers of -Server.", path);
        }

        if (ways == 0 && (NoLocalWorker || MinimumMachineCount > 0))
        {
            throw MachineParameters.Invalid("No other machine can join this master. Give -Listen, -Server or -ComputerName.", null);
        }

        SshMachineOptions[] agents =
        [
            .. MachineParameters.ToMachines(ComputerName),
            .. SSHConnection.Select(table => MachineParameters.ToMachine(SessionState, table)),
        ];
        return ways == 0 || (HasAgents && agents.Length == 0) ? null : new MachineAccess(new MachineAccessOptions
        {
            Listen = Listen is null ? null : MachineParameters.ToEndPoint(Listen),
            Servers = Server.Length == 0 ? null : MachineParameters.ToOptions(SessionState, Server, CredentialPath, CertificatePath, AuthorityPath, "leader"),
            Agents = agents,
            AgentWorkerCount = IsGiven(nameof(WorkerCount)) ? WorkerCount : null,
        });
    }

    /// <summary>Lets machines in, and waits for those that are wanted at the start.</summary>
    private void Open(MasterRuntime runtime, MachineAccess access)
    {
        OpenMachines(runtime, access);
        if (TicketPath is not null)
        {
            access.Ticket!.Save(SessionState.Path.GetUnresolvedProviderPathFromPSPath(TicketPath));
        }

        var count = IsGiven(nameof(MinimumMachineCount)) ? MinimumMachineCount
            : NoWait ? 0
            : ComputerName.Count(name => !MachineParameters.IsThisMachine(name)) + SSHConnection.Length;
        WaitForMachines(runtime, count, count);
    }
}
