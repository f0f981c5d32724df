using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>The colours that Write-Host takes.</summary>
public abstract class ConsoleColorCommand : PSCmdlet
{
    [Parameter]
    public ConsoleColor? ForegroundColor { get; set; }

    [Parameter]
    public ConsoleColor? BackgroundColor { get; set; }
}
