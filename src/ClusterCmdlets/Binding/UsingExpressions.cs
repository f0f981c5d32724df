using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using Cluster.Objects;

namespace Cluster.Binding;

/// <summary>
/// Evaluates the <c>$using:</c> expressions of a script in the caller's scope, once. Only variables, their
/// members and their constant indexes can be named, so nothing is executed.
/// </summary>
internal static class UsingExpressions
{
    /// <summary>Finds and evaluates the expressions.</summary>
    /// <param name="script">The script block's syntax.</param>
    /// <param name="session">The caller's session.</param>
    /// <returns>The values by the key under which the engine looks for them.</returns>
    /// <exception cref="ClusterException">An expression cannot be evaluated.</exception>
    public static Hashtable Evaluate(Ast script, SessionState session)
    {
        var values = new Hashtable();
        foreach (var expression in script.FindAll(ast => ast is UsingExpressionAst, searchNestedScriptBlocks: true).Cast<UsingExpressionAst>())
        {
            values[KeyOf(expression)] = ValueOf(expression.SubExpression, session);
        }

        return values;
    }

    /// <summary>
    /// The engine's own key: the text, in lower case for a plain variable, in UTF-16 and base64
    /// (PsUtils.GetUsingExpressionKey in PowerShell's sources).
    /// </summary>
    private static string KeyOf(UsingExpressionAst expression)
    {
        var text = expression.ToString();
#pragma warning disable CA1308 // The engine uses lower case.
        text = expression.SubExpression is VariableExpressionAst ? text.ToLowerInvariant() : text;
#pragma warning restore CA1308
        return Convert.ToBase64String(Encoding.Unicode.GetBytes(text));
    }

    private static object? ValueOf(ExpressionAst expression, SessionState session)
    {
        switch (expression)
        {
            case VariableExpressionAst variable:
                var found = session.PSVariable.Get(UserPathOf(variable));
                return found is not null
                    ? found.Value
                    : throw Invalid(expression, "The variable is not set in the caller's scope.");
            case MemberExpressionAst { Static: false, Member: StringConstantExpressionAst member } access and not InvokeMemberExpressionAst:
                var target = ValueOf(access.Expression, session);
                return target is IDictionary map && map.Contains(member.Value)
                    ? map[member.Value]
                    : target is null ? null : PSObject.AsPSObject(target).Properties[member.Value]?.Value;
            case IndexExpressionAst { Index: ConstantExpressionAst index } access:
                return ItemOf(ValueOf(access.Target, session), index.Value, expression);
            default:
                throw Invalid(expression, "Only variables, their properties and constant indexes are possible.");
        }
    }

    private static object? ItemOf(object? target, object index, Ast expression) =>
        (target is PSObject wrapped ? wrapped.BaseObject : target) switch
        {
            IDictionary map => map[index],
            IList list when index is int position => position < 0 ? list[list.Count + position] : list[position],
            _ => throw Invalid(expression, "The value cannot be indexed."),
        };

    private static string UserPathOf(VariableExpressionAst variable)
    {
        const string Scope = "using:";
        var path = variable.VariablePath.UserPath;
        return path.StartsWith(Scope, StringComparison.OrdinalIgnoreCase) ? path[Scope.Length..] : path;
    }

    private static ClusterException Invalid(Ast expression, string why) => new(
        ClusterErrorId.UsingExpressionInvalid,
        ErrorCategory.InvalidArgument,
        $"The expression '{expression.Parent}' in line {expression.Extent.StartLineNumber} has no value. {why}",
        expression.Parent.ToString());
}
