using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// In a worker that was started with <c>-ExplicitReady</c>: says that it can take work. Until then the master takes it to
/// be starting. In other workers it does no harm, and so does a second time.
/// </summary>
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
            ClusterErrorId.NotAWorker, ErrorCategory.InvalidOperation, "This process is no worker. Set-WorkerReady is for the scripts of workers."));
    }
}
