using System.Management.Automation;

namespace Cluster.Commands;

/// <summary>
/// Returns whether this process is a master, so that one script can hold both roles: true unless it is a worker.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "ClusterMaster")]
[OutputType(typeof(bool))]
public sealed class TestClusterMasterCommand : ClusterCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(!IsWorker);
}
