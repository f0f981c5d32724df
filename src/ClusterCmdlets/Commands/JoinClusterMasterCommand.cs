using System.Collections.Concurrent;
using System.Management.Automation;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Machines;
using Cluster.Machines.Agent;

namespace Cluster.Commands;

/// <summary>
/// <para>Has this machine run workers for a master on another one. The command stays as long as the master needs the machine, and
/// says what happens; Ctrl+C leaves, and ends the workers.</para>
/// </summary>
/// <remarks>
/// <para>The master decides what the workers run: who holds its ticket trusts it with everything that this user may do here.</para>
/// <para>When nothing is heard from the master for five seconds, all workers are ended, and the command tries to join again. When the
/// master is gone the command ends with the error <c>LeaderLost</c>.</para>
/// </remarks>
/// <seealso cref="StartClusterMasterCommand"/>
/// <seealso cref="GetClusterMachineCommand"/>
[Cmdlet(VerbsCommon.Join, "ClusterMaster", DefaultParameterSetName = TicketSet)]
public sealed class JoinClusterMasterCommand : ClusterCmdlet
{
    private const string TicketSet = "Ticket";
    private const string FileSet = "TicketPath";
    private const string InputSet = "StandardInput";
    private const string ServerSet = "Server";
    private const string TicketVariable = "CLUSTER_TICKET";

    private readonly BlockingCollection<string> _reports = [];

    /// <summary>
    /// The ticket of the master, which is its property <c>JoinTicket</c>. It holds a password: give it from a variable, not on a command line that others
    /// can see. Default: what <c>$env:CLUSTER_TICKET</c> holds.
    /// </summary>
    [Parameter(Position = 0, ParameterSetName = TicketSet)]
    [ValidateNotNullOrEmpty]
    public string? Ticket { get; set; }

    /// <summary>A file that holds the ticket, and that nobody else may read.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet)]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string TicketPath { get; set; } = string.Empty;

    /// <summary>
    /// Reads the ticket from the first line of the standard input, and leaves when that ends. This is how <c>-ComputerName</c> of <c>Start-ClusterMaster</c>
    /// starts the command by SSH.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = InputSet)]
    public SwitchParameter FromStandardInput { get; set; }

    /// <summary>Addresses of NATS servers, <c>tls://host:port</c>, that the master was started with.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    public Uri[] Server { get; set; } = [];

    /// <summary>The name of the master.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = string.Empty;

    /// <summary>A file with this machine's credential, as the operator of the servers gives it out.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? CredentialPath { get; set; }

    /// <summary>A file with a certificate and its key (PEM), by which this machine shows who it is.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? CertificatePath { get; set; }

    /// <summary>A file with the certificates of authorities (PEM) that are trusted beside those of the system.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? AuthorityPath { get; set; }

    /// <summary>The number of workers that the master starts here. Default: the number of cores that this process may use.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int WorkerCount { get; set; } = Environment.ProcessorCount;

    /// <summary>The name by which the master shows this machine. Default: the one by which the master has reached it by SSH, otherwise its own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateLength(1, 255)]
    public string? ComputerName { get; set; }

    /// <summary>The program that runs the workers. Default: as for <c>Start-ClusterMaster</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? HostPath { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
        try
        {
            var ticket = FindTicket(leave);
            var access = ticket is null ? MachineParameters.ToOptions(SessionState, Server, CredentialPath, CertificatePath, AuthorityPath, "agent") : ToOptions(ticket);
            var options = new AgentOptions
            {
                ClusterName = ticket?.ClusterName ?? Name,
                WorkerCount = WorkerCount,
                ComputerName = ComputerName ?? ticket?.ComputerName ?? Environment.MachineName,
                Machine = ticket?.Machine,
                HostPath = HostLocator.Find(
                    HostPath is null ? null : SessionState.Path.GetUnresolvedProviderPathFromPSPath(HostPath), SessionState.PSVariable.GetValue("PSHOME")?.ToString()),
                ServerEndsWithLeader = ticket?.LeaderEnds ?? false,
            };
            Show(new MachineAgent(options, NatsLibrary.Create(access), _reports.Add), leave.Token);
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reports.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The ticket that was given; null when servers were.</summary>
    private JoinTicket? FindTicket(CancellationTokenSource leave) => ParameterSetName switch
    {
        ServerSet => null,
        FileSet => JoinTicket.Load(SessionState.Path.GetUnresolvedProviderPathFromPSPath(TicketPath)),
        InputSet => ReadInput(leave),
        _ => JoinTicket.Parse(Ticket ?? TakeVariable() ?? throw new ClusterException(
            ClusterErrorId.TicketInvalid, ErrorCategory.InvalidArgument, $"No ticket was given. Use -Ticket, -TicketPath, or set $env:{TicketVariable}.")),
    };

    private static MessageBusOptions ToOptions(JoinTicket ticket) => new()
    {
        Servers = ticket.Servers,
        UserName = ticket.UserName,
        Password = ticket.Password,
        CertificatePin = ticket.CertificatePin,
        ConnectionName = "agent",
    };

    /// <summary>The workers, and what they start, must not find it.</summary>
    private static string? TakeVariable()
    {
        var ticket = Environment.GetEnvironmentVariable(TicketVariable);
        Environment.SetEnvironmentVariable(TicketVariable, null);
        return ticket;
    }

    /// <summary>
    /// The ticket is the first line; the end of the input is the end of who has started this process. A read of the console cannot be
    /// cancelled: it has a thread of its own, which ends with the input or the process.
    /// </summary>
    private JoinTicket ReadInput(CancellationTokenSource leave)
    {
        var first = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => ReadLines(first, leave)) { IsBackground = true, Name = "Cluster input" }.Start();
        WaitFor(first.Task);
#pragma warning disable VSTHRD002 // It has completed.
        return JoinTicket.Parse(first.Task.Result);
#pragma warning restore VSTHRD002
    }

    private static void ReadLines(TaskCompletionSource<string> first, CancellationTokenSource leave)
    {
        try
        {
            while (Console.In.ReadLine() is { } line)
            {
                // Nothing is expected after the first.
                first.TrySetResult(line);
            }

            leave.Cancel();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // It cannot be read, or the command has ended before.
        }

        first.TrySetResult(string.Empty);
    }

    /// <summary>Runs the agent, and says what happens on the pipeline thread.</summary>
    private void Show(MachineAgent agent, CancellationToken leave)
    {
        var run = Task.Run(async () =>
        {
            try
            {
                await agent.RunAsync(leave).ConfigureAwait(false);
            }
            finally
            {
                _reports.CompleteAdding();
            }
        },
        CancellationToken.None);
        try
        {
            foreach (var report in _reports.GetConsumingEnumerable(CancellationToken.None))
            {
                WriteInformation(new HostInformationMessage { Message = report }, ["PSHOST"]);
            }
        }
        finally
        {
            // Also when Ctrl+C has made the writing throw: the workers are gone when the command is.
#pragma warning disable VSTHRD002 // The pipeline thread is not in a synchronisation context, and the task never needs it.
            run.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
    }
}
