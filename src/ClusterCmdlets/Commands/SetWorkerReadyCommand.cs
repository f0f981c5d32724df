using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// <para>Announces, in a worker that was started with <c>-ExplicitReady</c>, that it can take work. Until then the master
/// treats it as starting.</para>
/// <para>In other workers, and when called again, it does nothing.</para>
/// </summary>
/// <remarks>For the scripts of workers. A reload waits for it too: the old worker stays until the new one is ready.</remarks>
/// <seealso cref="StartClusterMasterCommand"/>
/// <seealso cref="RestartClusterWorkerCommand"/>
[Cmdlet(VerbsCommon.Set, "WorkerReady")]
public sealed class SetWorkerReadyCommand : ClusterCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (WorkerSession.Current is { } session)
        {
            session.SetReady();
            return;
        }

        Fail(new ClusterException(
            ClusterErrorId.NotAWorker, ErrorCategory.InvalidOperation, "This process is not a worker. Set-WorkerReady is for the scripts of workers."));
    }
}
