using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace ClusterHost.Hosting;

/// <summary>The <c>$Host</c> of a script: a console without a prompt.</summary>
internal sealed class EmbeddedHost(bool interactive) : PSHost
{
    private readonly PSObject _privateData = new(new HostPrivateData());
    private int? _exitCode;

    /// <summary>The code of the script's <c>exit</c>, or null while it has not exited.</summary>
    public int? ExitCode => _exitCode;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override string Name => "ClusterHost";

    /// <inheritdoc/>
    public override PSObject PrivateData => _privateData;

    /// <inheritdoc/>
    public override PSHostUserInterface UI { get; } = new HostUserInterface(interactive);

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(EmbeddedHost).Assembly.GetName().Version ?? new Version(0, 0);

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => _exitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() =>
        throw new PSNotSupportedException("This host has no prompt; full PowerShell (pwsh) has one.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() =>
        throw new PSNotSupportedException("This host has no prompt; full PowerShell (pwsh) has one.");

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
        // Native programs write to the same streams, which are flushed at each write.
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // Nothing was changed for the program.
    }
}
