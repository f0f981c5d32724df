using System.Management.Automation;

namespace Cluster.Commands;

/// <summary>
/// Tells whether this process is a master: <c>$true</c> unless it is a worker. So one script can hold both roles.
/// </summary>
/// <remarks>
/// It is <c>$true</c> also before a master has been started. In a worker,
/// <c>$ClusterWorker</c> tells which one it is.
/// </remarks>
/// <output cref="bool"><c>$false</c> in a worker, otherwise <c>$true</c>.</output>
/// <seealso cref="StartClusterMasterCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "ClusterMaster")]
[OutputType(typeof(bool))]
public sealed class TestClusterMasterCommand : ClusterCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(!IsWorker);
}
