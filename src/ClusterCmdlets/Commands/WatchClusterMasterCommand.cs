using System.Management.Automation;
using System.Management.Automation.Host;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Watch;

namespace Cluster.Commands;

/// <summary>
/// <para>Shows a live view of a master and its workers until the master has been stopped, or until Ctrl+C.</para>
/// <para>It has messages per second, requests and their times, the state, queue, rates, processor time and memory of each worker, and the last
/// events. It is refreshed when something happens, and at least every <c>-IntervalSec</c>.</para>
/// <para>In a terminal the view takes the whole screen, and has keys: Up, Down, <c>j</c> and <c>k</c> select a worker; <c>r</c>
/// restarts it, as <c>Restart-ClusterWorker</c> does; <c>+</c> and <c>-</c> change the number of workers by one, as
/// <c>Set-ClusterMaster</c> does; <c>?</c> explains the keys; <c>q</c> or Esc leaves the view, and what a key has started goes on.</para>
/// <para>The bars are the last rates of a worker, sent and received together, scaled to the largest of those that are shown: bars of
/// different workers do not compare. There are no colours where <c>NO_COLOR</c> is set or <c>$PSStyle.OutputRendering</c> is
/// <c>PlainText</c>.</para>
/// <para>With redirected input or output, with <c>-Count</c>, and before another command of the pipeline it writes a string for every
/// refresh instead, with the same numbers and without control sequences.</para>
/// </summary>
/// <remarks>What it shows is not taken away from <c>Receive-ClusterEvent</c> and <c>Receive-WorkerMessage</c>.</remarks>
/// <output cref="string">The view as plain text, for each refresh. Nothing where it is shown in the terminal.</output>
/// <seealso cref="GetClusterMetricCommand"/>
[Cmdlet(VerbsCommon.Watch, "ClusterMaster")]
[OutputType(typeof(string))]
public sealed class WatchClusterMasterCommand : ClusterCmdlet
{
    /// <summary>Of a line whose reader is not known.</summary>
    private const int DefaultWidth = 80;

    /// <summary>The master or its name; required when several are running. Default: the only one that is running.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }

    /// <summary>The longest time between two refreshes, and the time over which rates are measured, in seconds or as a time span. Default: 1.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.1, 86_400)]
    public double IntervalSec { get; set; } = 1;

    /// <summary>Writes strings instead of the view, and ends after this many. Default: no limit.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = int.MaxValue;

    private TimeSpan Interval => TimeSpan.FromSeconds(IntervalSec);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            var runtime = FindMaster(Master);
            if (IsLive())
            {
                Show(runtime);
            }
            else
            {
                Write(runtime);
            }
        }
        catch (ClusterException exception)
        {
            Report(exception);
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    private bool IsLive() =>
        !MyInvocation.BoundParameters.ContainsKey(nameof(Count))
        && MyInvocation.PipelinePosition == MyInvocation.PipelineLength
        && InteractiveHost.HasTerminal(Host);

    private void Show(MasterRuntime runtime)
    {
        WatchSnapshot? last;
        using (var screen = WatchLibrary.Open(HasColors()))
        {
            last = new LiveWatch(runtime, screen, Interval).Run(StopToken);
        }

        if (last is not null)
        {
            // The view is gone with its screen: this stays.
            WriteObject(PlainText.Of(last, Width()));
        }
    }

    private void Write(MasterRuntime runtime)
    {
        var feed = new WatchFeed(runtime, Interval);
        for (var shown = 1; ; shown++)
        {
            var snapshot = feed.Read();
            WriteObject(PlainText.Of(snapshot, Width()));
            if (shown == Count || snapshot.State == ClusterMasterState.Stopped)
            {
                return;
            }

            if (feed.Wait(Interval, StopToken))
            {
                StopToken.WaitHandle.WaitOne(WatchFeed.BurstTime);
            }
        }
    }

    /// <summary>Whether nobody has said that there shall be no colours: PowerShell's own setting, or the variable that all programs know.</summary>
    private bool HasColors()
    {
        var rendering = GetVariableValue("PSStyle") is { } style ? PSObject.AsPSObject(style).Properties["OutputRendering"]?.Value : null;
        return string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && rendering?.ToString() != "PlainText";
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
