using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace Cluster.Commands;

/// <summary>Shows how far a map is. For the pipeline thread.</summary>
internal sealed class MapProgress
{
    private const int ProgressId = 0x436D;
    private static readonly TimeSpan FirstTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Cmdlet _cmdlet;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _next;
    private bool _isShown;

    private MapProgress(Cmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        _next = _start + Ticks(FirstTime);
    }

    /// <summary>Prepares it.</summary>
    /// <param name="cmdlet">The command that shows it.</param>
    /// <returns>Null where nobody looks.</returns>
    public static MapProgress? For(PSCmdlet cmdlet) => InteractiveHost.IsWatched(cmdlet.Host) ? new MapProgress(cmdlet) : null;

    /// <summary>Shows it when the last time is long enough ago.</summary>
    /// <param name="execution">The map.</param>
    public void ShowIfDue(MapExecution execution)
    {
        var now = Stopwatch.GetTimestamp();
        if (now < _next)
        {
            return;
        }

        _next = now + Ticks(Interval);
        _isShown = true;
        var (done, accepted) = (execution.Run.Done, execution.Run.Accepted);
        var rate = done / Stopwatch.GetElapsedTime(_start, now).TotalSeconds;
        var failed = execution.Failed > 0 ? string.Create(CultureInfo.CurrentCulture, $", {execution.Failed} failed") : string.Empty;
        var total = execution.Run.IsInputComplete ? string.Create(CultureInfo.CurrentCulture, $" of {accepted}") : string.Empty;
        var record = new ProgressRecord(
            ProgressId,
            "Invoke-ClusterWorker",
            string.Create(CultureInfo.CurrentCulture, $"{done}{total} done{failed}, {rate:N0}/s, {execution.Run.BusyWorkers} workers busy"));
        if (execution.Run.IsInputComplete && accepted > 0)
        {
            record.PercentComplete = (int)(100 * done / accepted);
            record.SecondsRemaining = rate > 0 ? (int)Math.Min((accepted - done) / rate, int.MaxValue) : -1;
        }

        _cmdlet.WriteProgress(record);
    }

    /// <summary>Takes it away.</summary>
    public void Complete()
    {
        if (_isShown)
        {
            _isShown = false;
            _cmdlet.WriteProgress(new ProgressRecord(ProgressId, "Invoke-ClusterWorker", "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
