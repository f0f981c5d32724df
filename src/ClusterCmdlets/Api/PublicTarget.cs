using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Supervision;

namespace Cluster.Api;

/// <summary>Gives users what they know in the place of the classes behind it, in errors that come from below.</summary>
internal static class PublicTarget
{
    /// <summary>An error with a target that users know.</summary>
    /// <param name="exception">The error.</param>
    /// <returns>The same error.</returns>
    public static ClusterException Of(ClusterException exception)
    {
        exception.Target = exception.Target switch
        {
            WorkerInstance instance => ClusterWorker.Of(instance),
            MasterRuntime runtime => ClusterMaster.Of(runtime),
            var known => known,
        };
        return exception;
    }

    /// <summary>A record with a target that users know.</summary>
    /// <param name="record">The record, or null.</param>
    /// <returns>The record.</returns>
    public static ErrorRecord? Of(ErrorRecord? record) =>
        record is { Exception: ClusterException exception, TargetObject: WorkerInstance or MasterRuntime } ? Of(exception).ErrorRecord : record;
}
