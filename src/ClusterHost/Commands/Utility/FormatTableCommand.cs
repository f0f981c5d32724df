using System.Management.Automation;
using ClusterHost.Commands.Objects;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace Microsoft.PowerShell.Commands;

/// <summary>Format-Table: lays objects out as a table.</summary>
[Cmdlet(VerbsCommon.Format, "Table")]
public sealed class FormatTableCommand : OuterFormatTableBase
{
    /// <summary>A command with the engine's own layout.</summary>
    public FormatTableCommand() => EngineFormatting.UseShape(this, "Table");
}
