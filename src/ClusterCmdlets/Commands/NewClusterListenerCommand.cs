using System.Management.Automation;
using Cluster.Api;

namespace Cluster.Commands;

/// <summary>
/// <para>Opens, in a worker, a port that is shared with all other workers that ask for it. The master owns the port and gives
/// each connection to one of them.</para>
/// <para>The listener keeps the worker alive, and is closed when the worker drains.</para>
/// </summary>
/// <remarks>
/// <para>For the scripts of workers. A port that is in use is the error <c>AddressInUse</c>; <c>AccessDenied</c>,
/// <c>AddressNotAvailable</c> and <c>ListenFailed</c> are the others. The inner exception has the code of the system.</para>
/// <para>A port stays open while its workers are restarted or reloaded. A connection whose worker dies before its script has
/// taken it goes to another worker.</para>
/// </remarks>
/// <seealso cref="ReceiveClusterConnectionCommand"/>
/// <seealso cref="StartWorkerHttpServerCommand"/>
[Cmdlet(VerbsCommon.New, "ClusterListener", DefaultParameterSetName = PortSet)]
[OutputType(typeof(ClusterListener))]
public sealed class NewClusterListenerCommand : ListenerCommand
{
    /// <summary>
    /// Opens a UDP port. It has no connections: the listener's <c>Receive</c> gives the next datagram, and <c>Send</c>
    /// answers.
    /// </summary>
    [Parameter(ParameterSetName = PortSet)]
    public SwitchParameter Udp { get; set; }

    /// <summary>Lets the worker end with its script although the port is open.</summary>
    [Parameter]
    public SwitchParameter Background { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(new ClusterListener(Listen(Udp, !Background)));
}
