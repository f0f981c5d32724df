using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>One member in the answer of <c>Get-Member</c>.</summary>
public class MemberDefinition(string typeName, string name, PSMemberTypes memberType, string definition)
{
    public string TypeName { get; } = typeName;

    public string Name { get; } = name;

    public PSMemberTypes MemberType { get; } = memberType;

    public string Definition { get; } = definition;

    /// <inheritdoc/>
    public override string ToString() => Definition;
}
