using System.Collections.ObjectModel;
using System.ComponentModel;
using System.Diagnostics;

namespace Cluster.Contracts;

/// <summary>What a worker knows of itself: the value of <c>$ClusterWorker</c> in its script. Immutable.</summary>
[TypeConverter(typeof(OwnProcessConverter))]
public sealed class WorkerContext : IOwnProcess
{
    internal WorkerContext(int id, int slot, int masterProcessId, string clusterName, object?[] argumentList)
    {
        Id = id;
        Slot = slot;
        MasterProcessId = masterProcessId;
        ClusterName = clusterName;
        ArgumentList = new ReadOnlyCollection<object?>(argumentList);
    }

    /// <summary>Counts the master's workers from 1; never used twice.</summary>
    public long Id { get; }

    /// <summary>The place among the master's workers, from 0.</summary>
    public int Slot { get; }

    /// <summary>The master's process.</summary>
    public int MasterProcessId { get; }

    /// <summary>The master's name.</summary>
    public string ClusterName { get; }

    /// <summary>The arguments that the script was started with.</summary>
    public IReadOnlyList<object?> ArgumentList { get; }

    /// <inheritdoc/>
    /// <returns>The worker's name among those of its master, as in <c>Cluster1:3</c>.</returns>
    public override string ToString() => $"{ClusterName}:{Id}";

    Process IOwnProcess.FindProcess() => Process.GetCurrentProcess();
}
