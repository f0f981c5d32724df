using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace ClusterHost.Commands.Objects;

/// <summary>Variables of a named or numbered scope, by the engine's own look-up, which is not public.</summary>
internal static class VariableScope
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    private static readonly PropertyInfo Internal =
        typeof(SessionState).GetProperty("Internal", Hidden) ?? throw new MissingMemberException(nameof(SessionState), "Internal");

    private static readonly MethodInfo GetAtScope = Method("GetVariableAtScope", typeof(string), typeof(string));
    private static readonly MethodInfo NewAtScope = Method("NewVariableAtScope", typeof(PSVariable), typeof(string), typeof(bool));
    private static readonly MethodInfo RemoveAtScope = Method("RemoveVariableAtScope", typeof(string), typeof(string), typeof(bool));
    private static readonly MethodInfo GetTableAtScope = Method("GetVariableTableAtScope", typeof(string));
    private static readonly MethodInfo GetTable = Method("GetVariableTable");

    /// <summary>The variable, or null.</summary>
    public static PSVariable? Get(SessionState state, string name, string? scope) => scope is null
        ? state.PSVariable.Get(name)
        : (PSVariable?)Call(GetAtScope, state, name, scope);

    /// <summary>All variables seen from here, or those of a scope.</summary>
    public static IEnumerable<PSVariable> All(SessionState state, string? scope)
    {
        object? table = scope is null ? Call(GetTable, state) : Call(GetTableAtScope, state, scope);
        return ((IDictionary)table!).Values.Cast<PSVariable>().ToList();
    }

    /// <summary>Sets a variable anew in a scope, the current one by default.</summary>
    public static void Set(SessionState state, PSVariable variable, string? scope, bool force) =>
        Call(NewAtScope, state, variable, scope ?? "Local", force);

    /// <summary>Takes a variable out of a scope, the current one by default.</summary>
    public static void Remove(SessionState state, string name, string? scope, bool force)
    {
        if (scope is null)
        {
            state.PSVariable.Remove(name);
        }
        else
        {
            Call(RemoveAtScope, state, name, scope, force);
        }
    }

    private static object? Call(MethodInfo method, SessionState state, params object?[] arguments) =>
        method.Invoke(Internal.GetValue(state), BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture);

    private static MethodInfo Method(string name, params Type[] types) =>
        Internal.PropertyType.GetMethod(name, Hidden, types) ?? throw new MissingMethodException(Internal.PropertyType.Name, name);
}
