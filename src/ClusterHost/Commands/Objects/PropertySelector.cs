using System.Management.Automation;
using Microsoft.PowerShell.Commands;

namespace ClusterHost.Commands.Objects;

/// <summary>Makes the object that <c>Select-Object -Property</c> gives.</summary>
internal sealed class PropertySelector(Cmdlet owner, object[] properties, string[]? exclude)
{
    private readonly PropertyDefinition[] _definitions = [.. properties.Select(PropertyDefinition.Create)];
    private readonly WildcardPattern[] _exclude =
        [.. (exclude ?? []).Select(pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase))];

    /// <summary>A new object with the chosen properties of <paramref name="item"/>.</summary>
    public PSObject Select(PSObject item)
    {
        var result = new PSObject();
        foreach (PropertyDefinition definition in _definitions)
        {
            Add(result, item, definition);
        }
        string type = item.TypeNames.Count > 0 ? item.TypeNames[0] : "System.Object";
        result.TypeNames.Insert(0, type.StartsWith("Selected.", StringComparison.Ordinal) ? type : "Selected." + type);
        return result;
    }

    private void Add(PSObject result, PSObject item, PropertyDefinition definition)
    {
        List<PSPropertyExpressionResult> values = definition.Expression.GetValues(item);
        if (values.Count == 0 && !definition.Expression.HasWildCardCharacters)
        {
            AddValue(result, definition.Name, null);
        }
        foreach (PSPropertyExpressionResult value in values)
        {
            string name = definition.Label ?? value.ResolvedExpression.ToString();
            AddValue(result, name, value.Exception is null ? value.Result : null);
        }
    }

    private void AddValue(PSObject result, string name, object? value)
    {
        if (Array.Exists(_exclude, pattern => pattern.IsMatch(name)))
        {
            return;
        }
        if (result.Properties[name] is null)
        {
            result.Properties.Add(new PSNoteProperty(name, value));
        }
        else if (!_definitions.Any(d => d.Expression.HasWildCardCharacters))
        {
            var error = new InvalidOperationException($"The property cannot be processed because the property \"{name}\" already exists.");
            owner.WriteError(new ErrorRecord(error, "AlreadyExistingUserSpecifiedPropertyNoExpand", ErrorCategory.InvalidOperation, null));
        }
    }
}
