using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace Cluster.Commands;

/// <summary>How far a map is. For the pipeline thread.</summary>
internal sealed class MapProgress
{
    private readonly PacedProgress _progress;

    private MapProgress(PacedProgress progress)
    {
        _progress = progress;
    }

    /// <summary>Prepares it.</summary>
    /// <param name="cmdlet">The command that shows it.</param>
    /// <returns>Null where nobody looks.</returns>
    public static MapProgress? For(PSCmdlet cmdlet) => PacedProgress.For(cmdlet, "Invoke-ClusterWorker") is { } progress ? new MapProgress(progress) : null;

    /// <summary>Shows it when the last time is long enough ago.</summary>
    /// <param name="execution">The map.</param>
    public void ShowIfDue(MapExecution execution) => _progress.ShowIfDue(record => Describe(execution, record));

    /// <summary>Takes it away.</summary>
    public void Complete() => _progress.Complete();

    private string Describe(MapExecution execution, ProgressRecord record)
    {
        var (done, accepted) = (execution.Run.Done, execution.Run.Accepted);
        var rate = done / Stopwatch.GetElapsedTime(_progress.Start).TotalSeconds;
        var failed = execution.Failed > 0 ? string.Create(CultureInfo.CurrentCulture, $", {execution.Failed} failed") : string.Empty;
        var total = execution.Run.IsInputComplete ? string.Create(CultureInfo.CurrentCulture, $" of {accepted}") : string.Empty;
        if (execution.Run.IsInputComplete && accepted > 0)
        {
            record.PercentComplete = (int)(100 * done / accepted);
            record.SecondsRemaining = rate > 0 ? (int)Math.Min((accepted - done) / rate, int.MaxValue) : -1;
        }

        return string.Create(CultureInfo.CurrentCulture, $"{done}{total} done{failed}, {rate:N0}/s, {execution.Run.BusyWorkers} workers busy");
    }
}
