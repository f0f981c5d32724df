using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-Event: the events in the queue.</summary>
[Cmdlet(VerbsCommon.Get, "Event", DefaultParameterSetName = "BySource")]
[OutputType(typeof(PSEventArgs))]
public sealed class GetEventCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "BySource")]
    [SupportsWildcards]
    public string? SourceIdentifier { get; set; }

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "ById")]
    [Alias("Id")]
    public int EventIdentifier { get; set; } = -1;

    protected override void ProcessRecord()
    {
        WildcardPattern? pattern = SourceIdentifier is null ? null : WildcardPattern.Get(SourceIdentifier, WildcardOptions.IgnoreCase);
        List<PSEventArgs> found;
        lock (Events.ReceivedEvents.SyncRoot)
        {
            found = [.. Events.ReceivedEvents.Where(e =>
                (pattern is null || pattern.IsMatch(e.SourceIdentifier)) && (EventIdentifier < 0 || e.EventIdentifier == EventIdentifier))];
        }
        WriteObject(found, enumerateCollection: true);
        bool named = SourceIdentifier is not null && !WildcardPattern.ContainsWildcardCharacters(SourceIdentifier);
        if (found.Count == 0 && (named || EventIdentifier >= 0))
        {
            var error = new ArgumentException($"Event with {(named ? $"source identifier '{SourceIdentifier}'" : $"event identifier {EventIdentifier}")} does not exist.");
            WriteError(new ErrorRecord(error, "INVALID_SOURCE_IDENTIFIER", ErrorCategory.InvalidArgument, null));
        }
    }
}
