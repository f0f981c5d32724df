using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-EventSubscriber: the subscriptions of the session.</summary>
[Cmdlet(VerbsCommon.Get, "EventSubscriber", DefaultParameterSetName = "BySource")]
[OutputType(typeof(PSEventSubscriber))]
public sealed class GetEventSubscriberCommand : EventSubscriberCommand
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "BySource")]
    [SupportsWildcards]
    public override string? SourceIdentifier { get; set; }

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "ById")]
    [Alias("Id")]
    public override int SubscriptionId { get; set; } = -1;

    protected override void ProcessRecord() => WriteObject(FindSubscribers(), enumerateCollection: true);
}
