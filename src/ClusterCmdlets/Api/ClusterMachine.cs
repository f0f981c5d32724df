using System.Runtime.CompilerServices;
using Cluster.Contracts;
using Cluster.Machines.Leader;
using Cluster.Master;

namespace Cluster.Api;

/// <summary>
/// Another machine that runs workers of a master. Live: its properties change as things happen. A machine that was lost and
/// comes back is a new object. Thread-safe.
/// </summary>
public sealed class ClusterMachine
{
    private static readonly ConditionalWeakTable<Machine, ClusterMachine> Views = [];
    private readonly MasterRuntime _runtime;
    private readonly Machine _machine;

    private ClusterMachine(MasterRuntime runtime, Machine machine)
    {
        _runtime = runtime;
        _machine = machine;
    }

    /// <summary>The machine's name, as it has given it.</summary>
    public string ComputerName => _machine.ComputerName;

    /// <summary>The name of the master that it works for.</summary>
    public string MasterName => _runtime.Name;

    /// <summary>Whether it can be reached.</summary>
    public ClusterMachineState State => _machine.IsOpen ? ClusterMachineState.Online : ClusterMachineState.Lost;

    /// <summary>How many workers it was asked to run.</summary>
    public int WorkerCount => _machine.Capacity;

    /// <summary>Its workers that have not exited.</summary>
    public IReadOnlyList<ClusterWorker> Workers =>
        [.. _runtime.WorkersOn(_machine).Select(ClusterWorker.Of)];

    /// <summary>The process of its agent there.</summary>
    public int ProcessId => _machine.Request.ProcessId;

    /// <summary>When it joined, local time.</summary>
    public DateTime JoinTime => _machine.JoinTime.ToLocalTime();

    /// <summary>How long nothing has been heard of it; after six seconds it counts as lost.</summary>
    public TimeSpan Silence => _machine.Silence;

    /// <inheritdoc/>
    public override string ToString() => ComputerName;

    /// <summary>What users see of a machine.</summary>
    /// <param name="runtime">The master.</param>
    /// <param name="machine">The machine.</param>
    /// <returns>Always the same object for the same machine.</returns>
    internal static ClusterMachine Of(MasterRuntime runtime, Machine machine) => Views.GetValue(machine, key => new ClusterMachine(runtime, key));
}
