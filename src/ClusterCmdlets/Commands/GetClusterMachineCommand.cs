using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;

namespace Cluster.Commands;

/// <summary>Lists the other machines that run workers of a master. Those that are lost are listed too, until they come back.</summary>
/// <remarks>
/// The master's own machine is not among them. The objects are live: <c>State</c> and <c>Workers</c> change as things happen.
/// </remarks>
/// <seealso cref="JoinClusterMasterCommand"/>
/// <seealso cref="StartClusterMasterCommand"/>
[Cmdlet(VerbsCommon.Get, "ClusterMachine")]
[OutputType(typeof(ClusterMachine))]
public sealed class GetClusterMachineCommand : ClusterCmdlet
{
    /// <summary>Names of machines. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] ComputerName { get; set; } = ["*"];

    /// <summary>The master, by its name or as an object. Default: the only one that is running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            var runtime = FindMaster(Master);
            var all = runtime.Machines.Select(machine => ClusterMachine.Of(runtime, machine)).ToArray();
            foreach (var name in ComputerName)
            {
                var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
                var found = all.Where(machine => pattern.IsMatch(machine.ComputerName)).ToArray();
                if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                {
                    Report(new ClusterException(
                        ClusterErrorId.MachineNotFound, ErrorCategory.ObjectNotFound, $"No machine named '{name}' has joined the master '{runtime.Name}'.", name));
                }

                WriteObject(found, enumerateCollection: true);
            }
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
    }
}
