using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Worker.Ports;

namespace Cluster.Commands;

/// <summary>
/// <para>Gives a worker's script the connections of its listener. Each connection belongs to the script, which closes
/// it.</para>
/// <para>Without <c>-Wait</c>, <c>-Count</c> or <c>-TimeoutSec</c> it gives those that wait and returns at once. With them it
/// also gives those that come, until the listener is stopped or the worker drains.</para>
/// </summary>
/// <remarks>
/// Connections are given one after the other: while the script serves one, the others go to workers that are free.
/// <c>$listener.Accept()</c> gives a single connection.
/// </remarks>
/// <seealso cref="NewClusterListenerCommand"/>
[Cmdlet(VerbsCommunications.Receive, "ClusterConnection")]
[OutputType(typeof(ClusterConnection))]
public sealed class ReceiveClusterConnectionCommand : ClusterCmdlet
{
    /// <summary>The listener, from <c>New-ClusterListener</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public ClusterListener Listener { get; set; } = null!;

    /// <summary>Waits for connections until no more can come.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Waits for this many connections, and returns when they have come.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = int.MaxValue;

    /// <summary>Stops waiting after this time, in seconds, which is not an error. Default: no limit.</summary>
    [Parameter]
    [Seconds]
    [ValidateSeconds(0, 2147483)]
    public double TimeoutSec { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var listener = Listener.Listener;
        if (listener.Socket is not null && listener.Request.Protocol == Protocol.PortProtocol.Udp)
        {
            Report(new ClusterException(
                ClusterErrorId.ListenFailed, ErrorCategory.InvalidArgument, $"{Listener} has no connections: read datagrams with its Receive method.", Listener));
            return;
        }

        var isTimed = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec));
        var waits = Wait || isTimed || Count != int.MaxValue;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
        if (isTimed)
        {
            time.CancelAfter(Deadline.ForTimer(TimeSpan.FromSeconds(TimeoutSec)));
        }

        for (var left = Count; left > 0 && Next(listener, waits, time.Token) is { } connection; left--)
        {
            Write(connection);
        }
    }

    private PortConnection? Next(WorkerListener listener, bool waits, CancellationToken cancellation)
    {
        if (!waits)
        {
            return listener.TryAccept(out var present) ? present : null;
        }

        try
        {
            return listener.Accept(cancellation);
        }
        catch (OperationCanceledException)
        {
            return StopToken.IsCancellationRequested ? throw new PipelineStoppedException() : null;
        }
    }

    /// <summary>Nobody else can close one that was written to a pipeline which takes nothing any more.</summary>
    private void Write(PortConnection connection)
    {
        try
        {
            WriteObject(new ClusterConnection(connection));
        }
        catch (PipelineStoppedException exception)
        {
            if (IsUnwritten(exception))
            {
                connection.Dispose();
            }

            throw;
        }
    }
}
