using System.Globalization;
using Cluster.Map;
using Cluster.Supervision;

namespace Cluster.Master;

/// <summary>Stops the workers of a pool that has had nothing to do for a while. Looks once a second while that is wanted.</summary>
/// <param name="supervisor">Has the workers.</param>
/// <param name="maps">What they have to do.</param>
internal sealed class IdleWatch(Supervisor supervisor, MapTable maps)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Watches while the options want it.</summary>
    /// <param name="stopping">Ends it.</param>
    /// <returns>Completes when there is nothing to watch any more. Never fails.</returns>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (supervisor.Options.IdleTimeout > TimeSpan.Zero && await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                Look(supervisor.Options.IdleTimeout);
            }
        }
        catch (OperationCanceledException)
        {
            // The master is being stopped.
        }
    }

    private void Look(TimeSpan limit)
    {
        if (maps.IsBusy || maps.IdleTime < limit)
        {
            return;
        }

        supervisor.Empty(string.Create(CultureInfo.InvariantCulture, $"The pool has had nothing to do for {maps.IdleTime.TotalSeconds:0} s."));
        if (maps.IsBusy)
        {
            // A map has come between the look and the stop.
            supervisor.Refill();
        }
    }
}
