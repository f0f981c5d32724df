using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Reflection;

namespace Cluster.Serialization;

/// <summary>
/// Members of the running engine that the reference assembly for PowerShell 5.1 lacks: looked up once by name, with a
/// public fallback where the member is internal. Safe on any thread.
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

    private static readonly Func<PSObject, PSMemberInfoCollection<PSMemberInfo>>? TypeMembers = FindTypeMembers();

    private static readonly Func<PSObject, string?>? KeptText = FindGetter<string>("ToStringFromDeserialization");

    private static readonly Action<PSObject, string>? SetKeptText = FindSetter<string>("ToStringFromDeserialization");

    private static readonly Action<PSObject, string>? SetTokenText = FindSetter<string>("TokenText");

    private static readonly FieldInfo? InnerExceptionField =
        typeof(Exception).GetField("_innerException", BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly Action<ErrorRecord, object?>? SetErrorTarget =
        typeof(ErrorRecord).GetMethod("SetTargetObject", BindingFlags.Instance | BindingFlags.NonPublic, [typeof(object)])?.CreateDelegate<Action<ErrorRecord, object?>>();

    private static readonly Action<ErrorRecord, bool>? SetPreserveInvocationInfoOnce =
        typeof(ErrorRecord).GetProperty("PreserveInvocationInfoOnce", BindingFlags.Instance | BindingFlags.NonPublic)?.SetMethod?.CreateDelegate<Action<ErrorRecord, bool>>();

    private static readonly PSCodeMethod TextMethod = new("ToString", typeof(EngineTypes).GetMethod(nameof(TextOf)));

    /// <summary>Whether a value is a <c>[semver]</c>.</summary>
    public static bool IsSemanticVersion(object value) => value.GetType() == SemanticVersionType;

    /// <summary>Creates a <c>[semver]</c> from its text.</summary>
    /// <returns>The version, or <see langword="null"/> if the text is not a version.</returns>
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

    /// <summary>The members that an object has by its type names, to be compared by reference: they are the same until some
    /// type of the runspace is extended.</summary>
    /// <returns><see langword="null"/> if the running engine does not show them.</returns>
    /// <remarks>The engine notes with the object whose types it was asked for, so ask for one that stays.</remarks>
    public static object? TypeMembersOf(PSObject value) => TypeMembers?.Invoke(value);

    /// <summary>The text that an object of another process was given, or <see langword="null"/>.</summary>
    public static string? KeptTextOf(PSObject value) => KeptText?.Invoke(value);

    /// <summary>Gives an object the text that it has had in another process, as the engine's own deserialiser does. Where
    /// the running engine does not let it be set, the object keeps the text of a custom object.</summary>
    public static void KeepText(PSObject value, string text)
    {
        if (SetKeptText is null || SetTokenText is null || KeptText is null)
        {
            return;
        }

        // Three ways lead to the text of an object: .NET's, that of lists in texts, and that of a text with the object in it.
        SetKeptText(value, text);
        SetTokenText(value, text);
        value.Members.Add(TextMethod, preValidated: true);
    }

    /// <summary>What the method <c>ToString</c> of an object with a kept text does, called by the engine.</summary>
    public static string TextOf(PSObject value) => KeptTextOf(value) ?? "";

    /// <summary>Gives an exception that the engine has made an inner one. Where the runtime does not let it be set, it has
    /// none.</summary>
    public static void SetInnerException(Exception exception, Exception inner) => InnerExceptionField?.SetValue(exception, inner);

    /// <summary>Gives an error another target. Where the running engine does not let it be set, it keeps the one that it has.</summary>
    public static void SetTarget(ErrorRecord error, object? target) => SetErrorTarget?.Invoke(error, target);

    /// <summary>Lets the next command that writes an error leave it the position that it has, as the engine's own jobs do.</summary>
    public static void KeepPosition(ErrorRecord error) => SetPreserveInvocationInfoOnce?.Invoke(error, true);

    private static Func<PSObject, PSMemberInfoCollection<PSMemberInfo>>? FindTypeMembers()
    {
        var method = Array.Find(
            typeof(PSObject).GetMethods(BindingFlags.Static | BindingFlags.NonPublic),
            static candidate => candidate is { Name: "TypeTableGetMembersDelegate", IsGenericMethodDefinition: true }
                && candidate.GetParameters() is [var value] && value.ParameterType == typeof(PSObject));
        return method?.MakeGenericMethod(typeof(PSMemberInfo)) is { } found
            && found.ReturnType.IsAssignableTo(typeof(PSMemberInfoCollection<PSMemberInfo>))
            ? found.CreateDelegate<Func<PSObject, PSMemberInfoCollection<PSMemberInfo>>>()
            : null;
    }

    private static Action<PSObject, TValue>? FindSetter<TValue>(string name)
    {
        var setter = typeof(PSObject).GetProperty(name, BindingFlags.Instance | BindingFlags.NonPublic)?.SetMethod;
        return setter is not null && setter.GetParameters()[0].ParameterType == typeof(TValue)
            ? setter.CreateDelegate<Action<PSObject, TValue>>()
            : null;
    }

    private static Func<PSObject, TResult>? FindGetter<TResult>(string name)
    {
        var getter = typeof(PSObject).GetProperty(name, BindingFlags.Instance | BindingFlags.NonPublic)?.GetMethod;
        return getter is not null && typeof(TResult).IsAssignableFrom(getter.ReturnType)
            ? getter.CreateDelegate<Func<PSObject, TResult>>()
            : null;
    }
}
