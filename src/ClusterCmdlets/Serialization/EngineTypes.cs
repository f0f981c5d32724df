using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Reflection;

namespace Cluster.Serialization;

/// <summary>
/// What the running engine has and the reference assembly for PowerShell 5.1 has not: looked up once by name, with a
/// public way round where the name is an internal one. Safe on any thread.
/// </summary>
internal static class EngineTypes
{
    private static readonly Type? SemanticVersionType =
        typeof(PSObject).Assembly.GetType("System.Management.Automation.SemanticVersion");

    private static readonly MethodInfo? SemanticVersionTryParse = SemanticVersionType?.GetMethod(
        "TryParse", [typeof(string), SemanticVersionType.MakeByRefType()]);

    private static readonly Func<PSObject, Collection<string>> InternalTypeNames =
        FindGetter<Collection<string>>("InternalTypeNames") ?? (static value => value.TypeNames);

    private static readonly Func<PSObject, PSMemberInfoCollection<PSMemberInfo>>? InstanceMembers =
        FindGetter<PSMemberInfoCollection<PSMemberInfo>>("InstanceMembers");

    /// <summary>Whether a value is a <c>[semver]</c>.</summary>
    public static bool IsSemanticVersion(object value) => value.GetType() == SemanticVersionType;

    /// <summary>Makes a <c>[semver]</c> of its text.</summary>
    /// <returns>The version, or <see langword="null"/> if the text is none.</returns>
    public static object? ParseSemanticVersion(string text)
    {
        if (SemanticVersionTryParse is null)
        {
            return null;
        }

        object?[] arguments = [text, null];
        return SemanticVersionTryParse.Invoke(null, arguments) is true ? arguments[1] : null;
    }

    /// <summary>The type names of an object, to be read only.</summary>
    /// <remarks><see cref="PSObject.TypeNames"/> makes a copy that it remembers for the life of the object, in case the
    /// caller wants to change it, which costs more than all the rest of writing a small object.</remarks>
    public static Collection<string> TypeNamesOf(PSObject value) => InternalTypeNames(value);

    /// <summary>The members that an object has of its own, without those of its type.</summary>
    /// <returns><see langword="null"/> if the running engine does not show them; <see cref="PSObject.Properties"/>
    /// holds them as well, but collects all others first.</returns>
    public static PSMemberInfoCollection<PSMemberInfo>? InstanceMembersOf(PSObject value) => InstanceMembers?.Invoke(value);

    private static Func<PSObject, TResult>? FindGetter<TResult>(string name)
    {
        var getter = typeof(PSObject).GetProperty(name, BindingFlags.Instance | BindingFlags.NonPublic)?.GetMethod;
        return getter is not null && typeof(TResult).IsAssignableFrom(getter.ReturnType)
            ? getter.CreateDelegate<Func<PSObject, TResult>>()
            : null;
    }
}
