using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Remove-Event: takes events out of the queue.</summary>
[Cmdlet(VerbsCommon.Remove, "Event", DefaultParameterSetName = "BySource", SupportsShouldProcess = true)]
public sealed class RemoveEventCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "BySource")]
    [SupportsWildcards]
    public string? SourceIdentifier { get; set; }

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "ById")]
    public int EventIdentifier { get; set; } = -1;

    protected override void ProcessRecord()
    {
        WildcardPattern? pattern = SourceIdentifier is null ? null : WildcardPattern.Get(SourceIdentifier, WildcardOptions.IgnoreCase);
        bool found = false;
        lock (Events.ReceivedEvents.SyncRoot)
        {
            for (int i = Events.ReceivedEvents.Count - 1; i >= 0; i--)
            {
                PSEventArgs one = Events.ReceivedEvents[i];
                if (pattern is null ? one.EventIdentifier == EventIdentifier : pattern.IsMatch(one.SourceIdentifier))
                {
                    found = true;
                    Events.ReceivedEvents.RemoveAt(i);
                }
            }
        }
        if (!found && (SourceIdentifier is null || !WildcardPattern.ContainsWildcardCharacters(SourceIdentifier)))
        {
            var error = new ArgumentException($"Event '{SourceIdentifier ?? $"{EventIdentifier}"}' does not exist.");
            WriteError(new ErrorRecord(error, "INVALID_SOURCE_IDENTIFIER", ErrorCategory.InvalidArgument, null));
        }
    }
}
