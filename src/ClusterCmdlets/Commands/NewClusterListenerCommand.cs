using System.Management.Automation;
using Cluster.Api;

namespace Cluster.Commands;

/// <summary>
/// In a worker: opens a port that all workers share which ask for it. The master owns it and gives each connection to one of them.
/// The listener keeps the worker alive, and is closed when the worker drains.
/// </summary>
[Cmdlet(VerbsCommon.New, "ClusterListener", DefaultParameterSetName = PortSet)]
[OutputType(typeof(ClusterListener))]
public sealed class NewClusterListenerCommand : ListenerCommand
{
    /// <summary>A port of UDP. It has no connections: the listener's <c>Receive</c> gives the next datagram, and <c>Send</c> answers.</summary>
    [Parameter(ParameterSetName = PortSet)]
    public SwitchParameter Udp { get; set; }

    /// <summary>The worker ends with its script although the port is open.</summary>
    [Parameter]
    public SwitchParameter Background { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(new ClusterListener(Listen(Udp, !Background)));
}
