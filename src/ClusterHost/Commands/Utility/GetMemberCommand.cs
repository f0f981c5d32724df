using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-Member: what properties and methods objects have, once per type.</summary>
[Cmdlet(VerbsCommon.Get, "Member")]
[OutputType(typeof(MemberDefinition))]
public sealed class GetMemberCommand : PSCmdlet
{
    private readonly HashSet<string> _seen = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    [Alias("Type")]
    public PSMemberTypes MemberType { get; set; } = PSMemberTypes.All;

    [Parameter]
    public SwitchParameter Static { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }
        if (Static)
        {
            var error = new PSNotSupportedException("Get-Member -Static is not part of the embedded host; full PowerShell has it.");
            ThrowTerminatingError(new ErrorRecord(error, "StaticNotSupported", ErrorCategory.NotImplemented, null));
        }
        string type = InputObject.TypeNames.Count > 0 ? InputObject.TypeNames[0] : "System.Object";
        if (!_seen.Add(type))
        {
            return;
        }
        List<WildcardPattern> patterns = [.. Name.Select(n => WildcardPattern.Get(n, WildcardOptions.IgnoreCase))];
        IEnumerable<PSMemberInfo> members = InputObject.Members
            .Where(m => (m.MemberType & MemberType) != 0 && patterns.Exists(p => p.IsMatch(m.Name)))
            .Where(m => Force || !IsAccessor(m))
            .OrderBy(m => m.MemberType.ToString(), StringComparer.Ordinal).ThenBy(m => m.Name, StringComparer.OrdinalIgnoreCase);
        foreach (PSMemberInfo member in members)
        {
            WriteObject(new MemberDefinition(type, member.Name, member.MemberType, member.ToString() ?? ""));
        }
    }

    protected override void EndProcessing()
    {
        if (_seen.Count == 0)
        {
            var error = new InvalidOperationException("You must specify an object for the Get-Member cmdlet.");
            WriteError(new ErrorRecord(error, "NoObjectInGetMember", ErrorCategory.CloseError, null));
        }
    }

    private static bool IsAccessor(PSMemberInfo member) => member.MemberType == PSMemberTypes.Method
        && (member.Name.StartsWith("get_", StringComparison.Ordinal) || member.Name.StartsWith("set_", StringComparison.Ordinal)
            || member.Name.StartsWith("add_", StringComparison.Ordinal) || member.Name.StartsWith("remove_", StringComparison.Ordinal));
}
