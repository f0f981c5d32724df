using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Language;
using System.Reflection;

namespace Cluster.Worker.Map;

/// <summary>
/// Calls a script block for an item as <c>ForEach-Object</c> does, but in a scope of its own. That is a member of the engine which is not
/// public; it costs a third of what calling the block by <c>&amp;</c> does.
/// </summary>
internal static class ItemCall
{
    private delegate void Call(ScriptBlock block, Cmdlet cmdlet, object? item, object?[] arguments);

    private static readonly Lazy<Call?> Engine = new(Find);

    /// <summary>
    /// Whether a block can be called this way with the same result: the engine has the member, and the block's parameters have nothing but types
    /// and defaults, for all else is only looked at when a command is called.
    /// </summary>
    /// <param name="block">The block, with no named blocks.</param>
    /// <returns>True if so.</returns>
    public static bool Suits(ScriptBlockAst block) =>
        Engine.Value is not null
        && (block.ParamBlock is not { } parameters
            || (parameters.Attributes.Count == 0 && parameters.Parameters.All(parameter => parameter.Attributes.All(attribute => attribute is TypeConstraintAst))));

    /// <summary>Calls the block. Its output is that of the cmdlet.</summary>
    /// <param name="block">The block.</param>
    /// <param name="cmdlet">The cmdlet that runs.</param>
    /// <param name="item">What <c>$_</c> is.</param>
    /// <param name="arguments">The arguments.</param>
    public static void Invoke(ScriptBlock block, Cmdlet cmdlet, object? item, object?[] arguments) => Engine.Value!(block, cmdlet, item, arguments);

    /// <summary>InvokeUsingCmdlet in the sources of PowerShell.</summary>
    private static Call? Find()
    {
        const string Name = "InvokeUsingCmdlet";
        if (typeof(ScriptBlock).GetMethod(Name, BindingFlags.Instance | BindingFlags.NonPublic) is not { } method
            || method.GetParameters() is not [{ } cmdletType, { } scopeType, { ParameterType.IsEnum: true } errorsType, .. { Length: 4 }]
            || cmdletType.ParameterType != typeof(Cmdlet) || scopeType.ParameterType != typeof(bool)
            || !Enum.TryParse(errorsType.ParameterType, "WriteToCurrentErrorPipe", out var errors))
        {
            return null;
        }

        var block = Expression.Parameter(typeof(ScriptBlock));
        var cmdlet = Expression.Parameter(typeof(Cmdlet));
        var item = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object[]));
        var none = Expression.Constant(AutomationNull.Value, typeof(object));
        var call = Expression.Call(
            block, method, cmdlet, Expression.Constant(true), Expression.Constant(errors, errorsType.ParameterType), item, none, none, arguments);
        return Expression.Lambda<Call>(call, block, cmdlet, item, arguments).Compile();
    }
}
