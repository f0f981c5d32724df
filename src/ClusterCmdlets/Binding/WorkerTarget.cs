using Cluster.Objects;

namespace Cluster.Binding;

/// <summary>What <c>-Worker</c> takes: a worker or its id. PowerShell converts by the constructors.</summary>
public sealed class WorkerTarget
{
    /// <summary>Names a worker by itself.</summary>
    /// <param name="worker">The worker.</param>
    public WorkerTarget(ClusterWorker worker)
    {
        ArgumentNullException.ThrowIfNull(worker);
        Worker = worker;
        Id = worker.Id;
    }

    /// <summary>Names a worker by its id.</summary>
    /// <param name="id">The id.</param>
    public WorkerTarget(int id)
    {
        Id = id;
    }

    /// <summary>The worker, or null when an id was given.</summary>
    public ClusterWorker? Worker { get; }

    /// <summary>The id.</summary>
    public int Id { get; }

    /// <inheritdoc/>
    public override string ToString() => Worker?.ToString() ?? Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
