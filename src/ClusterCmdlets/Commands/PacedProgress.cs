using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace Cluster.Commands;

/// <summary>
/// The progress of a command, shown where somebody looks, when the command takes a while, and not more often than can be read.
/// For the pipeline thread.
/// </summary>
internal sealed class PacedProgress
{
    private static readonly TimeSpan FirstTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Cmdlet _cmdlet;
    private readonly int _id;
    private readonly string _activity;
    private long _next;
    private bool _isShown;

    private PacedProgress(Cmdlet cmdlet, string activity)
    {
        _cmdlet = cmdlet;
        _id = cmdlet.GetType().Name.Aggregate(0x436C, (id, letter) => (id * 31 + letter) & 0x7FFFFFFF);
        _activity = activity;
        _next = Start + Ticks(FirstTime);
    }

    /// <summary>When the command began, by <see cref="Stopwatch"/>.</summary>
    public long Start { get; } = Stopwatch.GetTimestamp();

    /// <summary>Prepares it.</summary>
    /// <param name="cmdlet">The command that shows it.</param>
    /// <param name="activity">What it does.</param>
    /// <returns>Null where nobody looks.</returns>
    public static PacedProgress? For(PSCmdlet cmdlet, string activity) => InteractiveHost.IsWatched(cmdlet.Host) ? new PacedProgress(cmdlet, activity) : null;

    /// <summary>Shows it when the last time is long enough ago.</summary>
    /// <param name="describe">Completes a record that has the activity alone, and gives the status.</param>
    public void ShowIfDue(Func<ProgressRecord, string> describe)
    {
        var now = Stopwatch.GetTimestamp();
        if (now < _next || _cmdlet.Stopping)
        {
            return;
        }

        _next = now + Ticks(Interval);
        _isShown = true;
        var record = new ProgressRecord(_id, _activity, _activity);
        record.StatusDescription = describe(record);
        _cmdlet.WriteProgress(record);
    }

    /// <summary>Waits for a task and shows how many of the workers it is for are done.</summary>
    /// <param name="task">The task; its failure is not looked at.</param>
    /// <param name="total">How many workers it is for.</param>
    /// <param name="done">Counts those that are done.</param>
    /// <param name="what">What is so of them, such as <c>ready</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void ShowUntil(Task task, int total, Func<int> done, string what, CancellationToken cancellation)
    {
#pragma warning disable VSTHRD002 // The pipeline thread is not in a synchronisation context, and the task never needs it.
        while (Task.WaitAny([task], (int)Interval.TotalMilliseconds, cancellation) < 0)
#pragma warning restore VSTHRD002
        {
            ShowIfDue(record =>
            {
                var count = Math.Min(done(), total);
                record.PercentComplete = total > 0 ? 100 * count / total : -1;
                return string.Create(CultureInfo.CurrentCulture, $"{count} of {total} workers {what}");
            });
        }
    }

    /// <summary>Takes it away. PowerShell does so itself when the pipeline is stopped.</summary>
    public void Complete()
    {
        if (_isShown && !_cmdlet.Stopping)
        {
            _isShown = false;
            _cmdlet.WriteProgress(new ProgressRecord(_id, _activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
