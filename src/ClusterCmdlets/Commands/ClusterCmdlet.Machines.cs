using System.Globalization;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Machines.Leader;
using Cluster.Master;

namespace Cluster.Commands;

/// <content>Waits for other machines.</content>
public abstract partial class ClusterCmdlet
{
    /// <summary>Lets other machines in from now on.</summary>
    /// <param name="runtime">The master.</param>
    /// <param name="access">The way by which they come.</param>
    /// <exception cref="ClusterException">It cannot be opened.</exception>
    private protected void OpenMachines(MasterRuntime runtime, MachineAccess access) => WaitFor(runtime.OpenMachinesAsync(access, StopToken));

    /// <summary>Waits until other machines have joined.</summary>
    /// <param name="runtime">The master.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ClusterException">They have not joined in time, or one cannot be reached.</exception>
    private protected void WaitForMachines(MasterRuntime runtime, int count)
    {
        if (count == 0)
        {
            return;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
        timeout.CancelAfter(Deadline.ForTimer(runtime.Options.StartupTimeout));
        var progress = PacedProgress.For(this, $"Waiting for the machines of {runtime.Name}");
        try
        {
            WaitFor(runtime.WaitForMachinesAsync(count, timeout.Token), progress, count, () => runtime.JoinedCount, "have joined");
        }
        catch (OperationCanceledException)
        {
            throw new ClusterException(
                ClusterErrorId.MachineNotJoined,
                ErrorCategory.OperationTimeout,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{runtime.JoinedCount} of {count} machines have joined within {runtime.Options.StartupTimeout.TotalSeconds:0.###} s. Look there for the error of Join-ClusterMaster, or give more time by -StartupTimeoutSec."),
                runtime);
        }
        finally
        {
            progress?.Complete();
        }
    }
}
