using System.Management.Automation;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>What the variable commands share: the scope.</summary>
public abstract class VariableCommand : PSCmdlet
{
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Scope { get; set; }

    /// <summary>The variables of a name, which may have wildcards unless a scope is given.</summary>
    protected List<PSVariable> Find(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            PSVariable? one = VariableScope.Get(SessionState, name, Scope);
            return one is null ? [] : [one];
        }
        WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        return [.. VariableScope.All(SessionState, Scope).Where(v => pattern.IsMatch(v.Name)).OrderBy(v => v.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The error of a variable that is not there; a pattern that matches nothing is no error.</summary>
    protected void ReportMissing(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            var error = new ItemNotFoundException($"Cannot find a variable with the name '{name}'.");
            WriteError(new ErrorRecord(error, "VariableNotFound", ErrorCategory.ObjectNotFound, name));
        }
    }
}
