using System.Management.Automation;
using ClusterHost.Commands.Objects;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace Microsoft.PowerShell.Commands;

/// <summary>Format-List: lays objects out as a list.</summary>
[Cmdlet(VerbsCommon.Format, "List")]
public sealed class FormatListCommand : OuterFormatTableAndListBase
{
    /// <summary>A command with the engine's own layout.</summary>
    public FormatListCommand() => EngineFormatting.UseShape(this, "List");
}
