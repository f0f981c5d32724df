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
    /// <param name="minimum">With how many it goes on when the others do not come.</param>
    /// <exception cref="ClusterException">They have not joined in time, or too many cannot be reached.</exception>
    /// <remarks>Of one that does not come and is not needed, an error is written.</remarks>
    private protected void WaitForMachines(MasterRuntime runtime, int count, int minimum)
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
            WaitFor(runtime.WaitForMachinesAsync(count, minimum, timeout.Token), progress, count, () => runtime.JoinedCount, "have joined");
        }
        catch (OperationCanceledException)
        {
            var failure = NotJoined(runtime, count);
            if (runtime.JoinedCount < minimum)
            {
                throw failure;
            }

            Report(failure);
        }
        finally
        {
            progress?.Complete();
        }

        foreach (var failure in runtime.MachineFailures)
        {
            Report(failure);
        }
    }

    private static ClusterException NotJoined(MasterRuntime runtime, int count) => new(
        ClusterErrorId.MachineNotJoined,
        ErrorCategory.OperationTimeout,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{runtime.JoinedCount} of {count} machines have joined within {runtime.Options.StartupTimeout.TotalSeconds:0.###} s. Look there for the error of Join-ClusterMaster, or give more time by -StartupTimeoutSec."),
        runtime);
}
