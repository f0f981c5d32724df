using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Worker;

namespace Cluster.Commands;

/// <summary>
/// In a worker that was started with <c>-ExplicitReady</c>: announces that it can take work. Until then the master treats it
/// as starting. In other workers, and when called again, it does nothing.
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
            ClusterErrorId.NotAWorker, ErrorCategory.InvalidOperation, "This process is not a worker. Set-WorkerReady is for the scripts of workers."));
    }
}
