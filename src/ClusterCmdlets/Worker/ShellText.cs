using System.Collections;
using System.Management.Automation;
using System.Text;

namespace Cluster.Worker;

/// <summary>
/// Gives a pipeline a text with the values of its <c>$using:</c> expressions. The parameter by which the engine passes them is the one
/// that its own jobs use.
/// </summary>
internal static class ShellText
{
    private const string UsingParameter = "--%";

    /// <summary>Adds a text.</summary>
    /// <param name="shell">The pipeline.</param>
    /// <param name="text">The text.</param>
    /// <param name="usingValues">The values by the texts of their expressions.</param>
    /// <param name="arguments">The arguments of the text.</param>
    /// <param name="useLocalScope">Whether it runs in a scope of its own.</param>
    public static void Add(PowerShell shell, string text, IDictionary usingValues, object?[] arguments, bool useLocalScope = false)
    {
        shell.AddScript(text, useLocalScope);
        if (usingValues.Count > 0)
        {
            AddTable(shell, TableOf(usingValues));
        }

        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }
    }

    /// <summary>Adds values that are by the engine's keys already.</summary>
    /// <param name="shell">The pipeline, with a text.</param>
    /// <param name="table">The values.</param>
    public static void AddTable(PowerShell shell, Hashtable table)
    {
        if (table.Count > 0)
        {
            shell.AddParameter(UsingParameter, table);
        }
    }

    /// <summary>The values by the engine's keys.</summary>
    /// <param name="usingValues">The values by the texts of their expressions.</param>
    /// <returns>The table.</returns>
    public static Hashtable TableOf(IDictionary usingValues)
    {
        var values = new Hashtable();
        foreach (DictionaryEntry value in usingValues)
        {
            values[KeyOf((string)value.Key)] = value.Value;
        }

        return values;
    }

    /// <summary>The engine's own key for an expression (PsUtils.GetUsingExpressionKey in PowerShell's sources).</summary>
    private static string KeyOf(string expression) => Convert.ToBase64String(Encoding.Unicode.GetBytes(expression));
}
