using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;

namespace Cluster.Commands;

/// <summary>Lists the masters of this session. Those that have been stopped are listed too, until the next start.</summary>
/// <remarks>
/// The objects are live: <c>State</c> and <c>Workers</c> of a master that is kept in a variable change as things happen.
/// </remarks>
[Cmdlet(VerbsCommon.Get, "ClusterMaster")]
[OutputType(typeof(ClusterMaster))]
public sealed class GetClusterMasterCommand : ClusterCmdlet
{
    /// <summary>Names of masters.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            var target = new MasterTarget(name);
            var found = target.Among(Masters()).Select(ClusterMaster.Of).ToArray();
            if (found.Length == 0 && !target.HasWildcards)
            {
                Report(NoSuchMaster(name));
            }

            WriteObject(found, enumerateCollection: true);
        }
    }
}
