using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Unregister-Event: ends subscriptions.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "Event", DefaultParameterSetName = "BySource", SupportsShouldProcess = true)]
public sealed class UnregisterEventCommand : EventSubscriberCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "BySource")]
    [SupportsWildcards]
    public override string? SourceIdentifier { get; set; }

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "ById")]
    public override int SubscriptionId { get; set; } = -1;

    protected override void ProcessRecord()
    {
        foreach (PSEventSubscriber subscriber in FindSubscribers())
        {
            if (ShouldProcess($"Event subscription '{subscriber.SourceIdentifier}'"))
            {
                Events.UnsubscribeEvent(subscriber);
            }
        }
    }
}
