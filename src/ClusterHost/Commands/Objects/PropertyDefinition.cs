using System.Collections;
using System.Management.Automation;
using Microsoft.PowerShell.Commands;

namespace ClusterHost.Commands.Objects;

/// <summary>One item of a <c>-Property</c> list: a name, a script block, or a table with label and expression.</summary>
internal sealed class PropertyDefinition
{
    private PropertyDefinition(PSPropertyExpression expression, string? label, bool? descending)
    {
        Expression = expression;
        Label = label;
        Descending = descending;
    }

    /// <summary>Finds the value.</summary>
    public PSPropertyExpression Expression { get; }

    /// <summary>The label given, if any.</summary>
    public string? Label { get; }

    /// <summary>The sort order given, if any.</summary>
    public bool? Descending { get; }

    /// <summary>The label, or the expression itself.</summary>
    public string Name => Label ?? Expression.ToString();

    /// <summary>Reads an item of the list.</summary>
    public static PropertyDefinition Create(object item)
    {
        object value = item is PSObject wrapped ? wrapped.BaseObject : item;
        return value is IDictionary table ? FromTable(table) : new PropertyDefinition(ToExpression(value), null, null);
    }

    private static PropertyDefinition FromTable(IDictionary table)
    {
        string? label = null;
        bool? descending = null;
        PSPropertyExpression? expression = null;
        foreach (DictionaryEntry entry in table)
        {
            string key = entry.Key.ToString() ?? "";
            if (IsKey(key, "Name") || IsKey(key, "Label"))
            {
                label = entry.Value?.ToString();
            }
            else if (IsKey(key, "Expression"))
            {
                expression = ToExpression(entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value);
            }
            else if (IsKey(key, "Descending"))
            {
                descending = LanguagePrimitives.IsTrue(entry.Value);
            }
            else if (IsKey(key, "Ascending"))
            {
                descending = !LanguagePrimitives.IsTrue(entry.Value);
            }
            else
            {
                throw new PSArgumentException($"The key '{key}' is not valid in a property table; use Name, Expression, Ascending or Descending.");
            }
        }
        expression ??= label is null ? null : new PSPropertyExpression(label);
        return new PropertyDefinition(expression ?? throw new PSArgumentException("A property table needs an Expression."), label, descending);
    }

    private static PSPropertyExpression ToExpression(object? value) => value switch
    {
        ScriptBlock block => new PSPropertyExpression(block),
        null => throw new PSArgumentException("A property cannot be null."),
        _ => new PSPropertyExpression(value.ToString() ?? ""),
    };

    private static bool IsKey(string key, string full) => key.Length > 0 && full.StartsWith(key, StringComparison.OrdinalIgnoreCase);
}
