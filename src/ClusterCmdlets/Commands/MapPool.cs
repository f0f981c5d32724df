using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.Commands;

/// <summary>The pool that a map runs on: one of the session's, or one that is started for the call.</summary>
internal static class MapPool
{
    /// <summary>Finds the pool of the session.</summary>
    /// <param name="masters">The masters of the session.</param>
    /// <returns>The pool; null if there is none.</returns>
    /// <exception cref="ClusterException">There are several.</exception>
    public static MasterRuntime? Find(IReadOnlyList<MasterRuntime> masters)
    {
        var pools = masters.Where(runtime => runtime.Options is { IsPool: true, IsPrivate: false } && !runtime.Workers.IsClosed).ToArray();
        return pools.Length < 2 ? pools.FirstOrDefault() : throw new ClusterException(
            ClusterErrorId.MasterAmbiguous,
            ErrorCategory.InvalidArgument,
            $"Several pools are running: {string.Join(", ", pools.Select(runtime => runtime.Name))}. Name one with -Master.");
    }

    /// <summary>Checks the master that a user has named.</summary>
    /// <param name="runtime">The master.</param>
    /// <exception cref="ClusterException">It is no pool, or has been stopped.</exception>
    public static void Check(MasterRuntime runtime)
    {
        if (!runtime.Options.IsPool)
        {
            throw new ClusterException(
                ClusterErrorId.NotAPool,
                ErrorCategory.InvalidArgument,
                $"The workers of the master '{runtime.Name}' run a script of their own. Start a pool with Start-ClusterMaster without a script, or leave -Master out.",
                runtime);
        }

        if (runtime.Workers.IsClosed)
        {
            throw runtime.Supervisor.Stopped;
        }
    }

    /// <summary>Starts the workers of a pool that were stopped because it had nothing to do, or that all have been given up.</summary>
    /// <param name="runtime">The pool.</param>
    /// <exception cref="ClusterException">It is to have none.</exception>
    public static void Fill(MasterRuntime runtime)
    {
        if (runtime.Options.IdleTimeout > TimeSpan.Zero || runtime.Workers.Accepting().Count == 0)
        {
            runtime.Supervisor.Refill();
        }

        if (runtime.Maps.Links.Count == 0)
        {
            throw new ClusterException(
                ClusterErrorId.WorkersGone, ErrorCategory.ResourceUnavailable, $"The pool '{runtime.Name}' has no workers. Give it some with Set-ClusterMaster -WorkerCount.", runtime);
        }
    }

    /// <summary>Starts a pool for one call. Does not wait for its workers: the first that is ready begins.</summary>
    /// <param name="session">The caller's session.</param>
    /// <param name="workers">How many workers on this machine.</param>
    /// <returns>The pool.</returns>
    /// <exception cref="ClusterException">No program can run a worker, or no pipe can be made.</exception>
    public static MasterRuntime Start(SessionState session, int workers)
    {
        var owner = MasterOwner.Of(Runspace.DefaultRunspace);
        var builder = new LaunchBuilder(session) { Name = MasterRegistry.NewName(owner) };
        var paths = builder.BuildPaths();
        var launch = builder.Build();
        var runtime = MasterRegistry.Create(
            new MasterOptions
            {
                Name = launch.ClusterName,
                WorkerCount = workers,
                Host = new HostSettings { HostPath = HostLocator.Find(null, session.PSVariable.GetValue("PSHOME")?.ToString()), Paths = paths },
                Launch = launch,
                LaunchPayload = launch.Encode(),
                Restart = RestartPolicy.Pool,
                IsPrivate = true,
            },
            owner);
        try
        {
            runtime.Supervisor.Refill();
            return runtime;
        }
        catch
        {
#pragma warning disable VSTHRD002 // A kill ends soon.
            runtime.StopAsync(drain: null, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            throw;
        }
    }
}
