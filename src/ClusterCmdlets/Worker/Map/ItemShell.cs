using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Cluster.Worker.Map;

/// <summary>Runs the pipelines of a runner, each of which others may stop.</summary>
/// <param name="source">The items.</param>
/// <param name="streams">Where what they write goes.</param>
internal sealed class ItemShell(ItemSource source, ItemStreams streams)
{
    private readonly object _gate = new();
    private PowerShell? _current;

    /// <summary>Runs a pipeline on the calling thread.</summary>
    /// <param name="runspace">Its runspace.</param>
    /// <param name="build">Says what it runs.</param>
    /// <param name="isItem">Whether its output is that of items; otherwise it is dropped.</param>
    /// <exception cref="RuntimeException">It has thrown, or was stopped.</exception>
    public void Invoke(Runspace runspace, Action<PowerShell> build, bool isItem)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = runspace;
        build(shell);
        streams.Attach(shell);
        lock (_gate)
        {
            if (source.AbandonedAt() is not null)
            {
                throw new PipelineStoppedException();
            }

            _current = shell;
        }

        try
        {
            if (isItem)
            {
                shell.Invoke(null, streams.Output);
            }
            else
            {
                shell.Invoke();
            }
        }
        finally
        {
            lock (_gate)
            {
                _current = null;
            }
        }
    }

    /// <summary>Stops what runs, and sends nothing more of it.</summary>
    /// <param name="map">The map of which that holds; null for any.</param>
    public void Stop(WorkerMap? map)
    {
        // Under the lock, so that the pipeline that is stopped is the one that was given up.
        lock (_gate)
        {
            if (source.Abandon(map))
            {
                // Nobody waits for its end: the pipeline thread learns of the stop by its exception.
                _current?.BeginStop(null, null);
            }
        }
    }

    /// <summary>Stops an item that has run for too long.</summary>
    /// <param name="now">The time.</param>
    public void TimeOut(long now)
    {
        lock (_gate)
        {
            if (source.TimeOut(now))
            {
                _current?.BeginStop(null, null);
            }
        }
    }
}
