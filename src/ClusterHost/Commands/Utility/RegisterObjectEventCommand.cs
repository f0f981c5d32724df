using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Register-ObjectEvent: subscribes to an event of a .NET object.</summary>
[Cmdlet(VerbsLifecycle.Register, "ObjectEvent")]
[OutputType(typeof(PSEventJob))]
public sealed class RegisterObjectEventCommand : ObjectEventRegistrationBase
{
    [Parameter(Mandatory = true, Position = 0)]
    public PSObject? InputObject { get; set; }

    [Parameter(Mandatory = true, Position = 1)]
    public string EventName { get; set; } = "";

    /// <inheritdoc/>
    protected override object GetSourceObject() => InputObject!;

    /// <inheritdoc/>
    protected override string GetSourceObjectEventName() => EventName;
}
