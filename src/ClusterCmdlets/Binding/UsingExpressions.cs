using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cluster.Contracts;

namespace Cluster.Binding;

/// <summary>
/// Evaluates the <c>$using:</c> expressions of a script in the caller's scope, once, as <c>Start-Job</c> does: variables
/// with or without a scope, items of other drives (<c>${using:function:f}</c>, <c>$using:env:PATH</c>), their properties and
/// constant indexes. PowerShell's parser allows nothing else there.
/// </summary>
internal static class UsingExpressions
{
    /// <summary>Finds and evaluates the expressions.</summary>
    /// <param name="script">The script block's syntax.</param>
    /// <param name="session">The caller's session.</param>
    /// <returns>The values by the texts of the expressions, those of plain variables in lower case, as the engine has them.</returns>
    /// <exception cref="ClusterException">An expression cannot be evaluated.</exception>
    public static Hashtable Evaluate(Ast script, SessionState session)
    {
        var values = new Hashtable();
        foreach (var expression in script.FindAll(ast => ast is UsingExpressionAst, searchNestedScriptBlocks: true).Cast<UsingExpressionAst>())
        {
            try
            {
                values[TextOf(expression)] = ValueOf(expression, session);
            }
            catch (ClusterException) when (IsNested(expression, script))
            {
                // It may be meant for a command that the script itself gives the inner block to, and a variable of the script.
            }
        }

        return values;
    }

    private static bool IsNested(Ast expression, Ast script)
    {
        for (var outer = expression.Parent; outer is not null && outer != script; outer = outer.Parent)
        {
            if (outer is ScriptBlockExpressionAst && outer != script.Parent)
            {
                return true;
            }
        }

        return false;
    }

    private static string TextOf(UsingExpressionAst expression)
    {
        var text = expression.ToString();
#pragma warning disable CA1308 // The engine uses lower case.
        return expression.SubExpression is VariableExpressionAst ? text.ToLowerInvariant() : text;
#pragma warning restore CA1308
    }

    private static object? ValueOf(UsingExpressionAst expression, SessionState session)
    {
        var variable = UsingExpressionAst.ExtractUsingVariable(expression);
        var value = ValueOf(variable, expression, session);
        var rest = expression.SubExpression.Extent.Text[(variable.Extent.EndOffset - expression.SubExpression.Extent.StartOffset)..];
        return rest.Length == 0 ? value : MemberOf(value, rest, expression, session);
    }

    private static object? ValueOf(VariableExpressionAst variable, UsingExpressionAst expression, SessionState session)
    {
        const string Scope = "using:";
        var path = variable.VariablePath.UserPath;
        path = path.StartsWith(Scope, StringComparison.OrdinalIgnoreCase) ? path[Scope.Length..] : path;
        try
        {
            if (session.PSVariable.Get(path) is { } found)
            {
                return found.Value;
            }

            // An item of another drive, such as a function or an environment variable.
            if (path.Contains(':', StringComparison.Ordinal) && session.PSVariable.GetValue(path) is { } item)
            {
                return item;
            }
        }
        catch (RuntimeException exception)
        {
            throw Invalid(expression, exception.Message, exception);
        }

        throw Invalid(expression, $"'{path}' is not set in the caller's scope.");
    }

    // The rest is members and constant indexes, which PowerShell itself knows best how to look up.
    private static object? MemberOf(object? value, string rest, UsingExpressionAst expression, SessionState session)
    {
        try
        {
            // In a table, for the engine takes lists apart that a script gives back.
            var lookup = ScriptBlock.Create($"param($value) @{{ value = $value{rest} }}");
            var result = session.InvokeCommand.InvokeScript(useLocalScope: true, lookup, null, value);
            return ((Hashtable)result[0].BaseObject)["value"];
        }
        catch (RuntimeException exception)
        {
            throw Invalid(expression, exception.Message, exception);
        }
    }

    private static ClusterException Invalid(UsingExpressionAst expression, string why, Exception? cause = null) => new(
        ClusterErrorId.UsingExpressionInvalid,
        ErrorCategory.InvalidArgument,
        $"The expression '{expression}' in line {expression.Extent.StartLineNumber} has no value. {why}",
        expression.ToString(),
        cause);
}
