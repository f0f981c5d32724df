using System.Diagnostics;
using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>Wait-Event: returns the next event, or nothing after the time-out.</summary>
[Cmdlet(VerbsLifecycle.Wait, "Event")]
[OutputType(typeof(PSEventArgs))]
public sealed class WaitEventCommand : PSCmdlet, IDisposable
{
    // Event actions of the session run on this thread, so it comes up for them.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    private readonly AutoResetEvent _arrived = new(initialState: false);

    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    public string? SourceIdentifier { get; set; }

    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(-1, int.MaxValue)]
    public int Timeout { get; set; } = -1;

    /// <inheritdoc/>
    public void Dispose() => _arrived.Dispose();

    protected override void ProcessRecord()
    {
        var clock = Stopwatch.StartNew();
        Events.ReceivedEvents.PSEventReceived += OnReceived;
        try
        {
            while (!Stopping)
            {
                if (Find() is { } found)
                {
                    WriteObject(found);
                    return;
                }
                if (Timeout >= 0 && clock.Elapsed.TotalSeconds >= Timeout)
                {
                    return;
                }
                _arrived.WaitOne(Slice);
                EventPump.Run(Events);
            }
        }
        finally
        {
            Events.ReceivedEvents.PSEventReceived -= OnReceived;
        }
    }

    protected override void StopProcessing() => _arrived.Set();

    private void OnReceived(object? sender, PSEventArgs args) => _arrived.Set();

    private PSEventArgs? Find()
    {
        WildcardPattern? pattern = SourceIdentifier is null ? null : WildcardPattern.Get(SourceIdentifier, WildcardOptions.IgnoreCase);
        lock (Events.ReceivedEvents.SyncRoot)
        {
            return Events.ReceivedEvents.FirstOrDefault(e => pattern is null || pattern.IsMatch(e.SourceIdentifier));
        }
    }
}
