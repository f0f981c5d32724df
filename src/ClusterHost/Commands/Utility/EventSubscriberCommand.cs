using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>What Get-EventSubscriber and Unregister-Event share: finding the subscriptions.</summary>
public abstract class EventSubscriberCommand : PSCmdlet
{
    /// <summary>The name of the subscriptions, with wildcards.</summary>
    public abstract string? SourceIdentifier { get; set; }

    /// <summary>The number of one subscription, or -1.</summary>
    public abstract int SubscriptionId { get; set; }

    [Parameter(Position = 1)]
    public SwitchParameter Force { get; set; }

    /// <summary>The subscriptions asked for; an error if one that is named is not there.</summary>
    protected IReadOnlyList<PSEventSubscriber> FindSubscribers()
    {
        WildcardPattern? pattern = SourceIdentifier is null ? null : WildcardPattern.Get(SourceIdentifier, WildcardOptions.IgnoreCase);
        List<PSEventSubscriber> found = [.. Events.Subscribers.Where(s => (Force || !s.SupportEvent)
            && (SubscriptionId < 0 || s.SubscriptionId == SubscriptionId)
            && (pattern is null || pattern.IsMatch(s.SourceIdentifier)))];
        bool named = SourceIdentifier is not null && !WildcardPattern.ContainsWildcardCharacters(SourceIdentifier);
        if (found.Count == 0 && (named || SubscriptionId >= 0))
        {
            var error = new ArgumentException($"Event subscription '{SourceIdentifier ?? $"{SubscriptionId}"}' does not exist.");
            WriteError(new ErrorRecord(error, "INVALID_SOURCE_IDENTIFIER", ErrorCategory.InvalidArgument, null));
        }
        return found;
    }
}
