using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Events;
using Cluster.Master;

namespace Cluster.Commands;

/// <summary>
/// <para>Shows a live table of a master's workers until the master has been stopped, or until Ctrl+C.</para>
/// <para>It is refreshed when something happens, and at least every <c>-IntervalSec</c>. In a terminal each table replaces
/// the one before.</para>
/// </summary>
/// <remarks>What it shows is not taken away from <c>Receive-ClusterEvent</c> and <c>Receive-WorkerMessage</c>.</remarks>
/// <output cref="string">The table, for each refresh.</output>
/// <seealso cref="GetClusterMetricCommand"/>
[Cmdlet(VerbsCommon.Watch, "ClusterMaster")]
[OutputType(typeof(string))]
public sealed class WatchClusterMasterCommand : ClusterCmdlet
{
    private const string Home = "\u001b[H\u001b[2J";
    private const string Format = "$args[0] | Microsoft.PowerShell.Utility\\Out-String -Width $args[1]";
    private const int DefaultWidth = 120;

    /// <summary>Events come in bursts; the table is shown once for each.</summary>
    private static readonly TimeSpan BurstTime = TimeSpan.FromMilliseconds(100);

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <summary>The longest time between two refreshes, in seconds. Default: 1.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.1, 86_400)]
    public double IntervalSec { get; set; } = 1;

    /// <summary>Ends after this many refreshes. Default: no limit.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            Watch(FindMaster(Master));
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
    }

    private void Watch(MasterRuntime runtime)
    {
        // A reader of its own: what it reads is unread for Receive-ClusterEvent.
        var cursor = runtime.Events.Open();
        var start = Host.UI.SupportsVirtualTerminal && !Console.IsOutputRedirected ? Home : string.Empty;
        for (var shown = 1; ; shown++)
        {
            // What happens from here on is shown by the next one.
            while (runtime.Events.TryRead(cursor, names: null) is not null)
            {
            }

            // Looked at before it is shown: what is shown last is a master that has been stopped.
            var isLast = shown == Count || runtime.State == ClusterMasterState.Stopped;
            WriteObject(start + Headline(runtime) + Environment.NewLine + Table(runtime));
            if (isLast)
            {
                return;
            }

            Wait(runtime, cursor);
        }
    }

    private void Wait(MasterRuntime runtime, EventCursor cursor)
    {
        try
        {
            if (runtime.Events.Read(cursor, names: null, Deadline.After(TimeSpan.FromSeconds(IntervalSec)), StopToken) is not null)
            {
                StopToken.WaitHandle.WaitOne(BurstTime);
            }
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private static string Headline(MasterRuntime runtime)
    {
        var times = runtime.Totals.RequestTimes.Summarize();
        var requests = times.Count == 0 ? string.Empty : string.Create(
            CultureInfo.CurrentCulture, $", {times.Count:N0} requests (p50 {times.P50.TotalMilliseconds:N1} ms, p99 {times.P99.TotalMilliseconds:N1} ms)");
        return string.Create(
            CultureInfo.CurrentCulture,
            $"{DateTime.Now:HH:mm:ss}  {runtime.Name}: {runtime.State}, {runtime.Workers.Live().Count} of {runtime.Options.WorkerCount} workers, {runtime.Inbox.Count:N0} unread{requests}");
    }

    /// <summary>The table of the workers as <c>Get-ClusterWorker</c> shows it.</summary>
    private string Table(MasterRuntime runtime)
    {
        var workers = ClusterMaster.Of(runtime).Workers.OrderBy(worker => worker.Slot).ToArray();
        var text = InvokeCommand.InvokeScript(Format, useNewScope: true, PipelineResultTypes.None, input: null, workers, Width());
        return string.Concat(text.Select(part => part.ToString())).TrimEnd() + Environment.NewLine;
    }

    private int Width()
    {
        try
        {
            return Host.UI.RawUI.BufferSize.Width is > 0 and var width ? width : DefaultWidth;
        }
        catch (Exception exception) when (exception is HostException or NotImplementedException or IOException)
        {
            // There is no terminal.
            return DefaultWidth;
        }
    }
}
