using System.Management.Automation;
using System.Reflection;

namespace Cluster.Serialization;

/// <summary>
/// Walks the members that an object has of its own one by one: the engine's enumerator copies them into a list first,
/// for every object. Safe on any thread.
/// </summary>
internal abstract class OwnMembers
{
    private static readonly Type? CollectionType = typeof(PSObject).Assembly
        .GetType("System.Management.Automation.PSMemberInfoInternalCollection`1")?.MakeGenericType(typeof(PSMemberInfo));

    /// <summary>The way in, or <see langword="null"/> if the running engine has none.</summary>
    public static OwnMembers? Access { get; } = Find();

    /// <summary>How many there are.</summary>
    /// <param name="members">What <see cref="EngineTypes.InstanceMembersOf"/> gives.</param>
    public abstract int CountOf(PSMemberInfoCollection<PSMemberInfo> members);

    /// <summary>One of them.</summary>
    /// <param name="members">What <see cref="EngineTypes.InstanceMembersOf"/> gives.</param>
    /// <param name="index">Its place, from 0.</param>
    public abstract PSMemberInfo At(PSMemberInfoCollection<PSMemberInfo> members, int index);

    private static OwnMembers? Find()
    {
        const BindingFlags Instance = BindingFlags.Instance | BindingFlags.NonPublic;
        var count = CollectionType?.GetProperty("Count", Instance)?.GetMethod;
        var at = CollectionType?.GetMethod("get_Item", Instance, [typeof(int)]);
        return count?.ReturnType == typeof(int) && at?.ReturnType == typeof(PSMemberInfo)
            ? (OwnMembers?)Activator.CreateInstance(typeof(Of<>).MakeGenericType(CollectionType!), count, at)
            : null;
    }

    // The collection's type is an internal one, and only a generic class can have delegates for its methods.
    private sealed class Of<TCollection>(MethodInfo count, MethodInfo at) : OwnMembers
        where TCollection : PSMemberInfoCollection<PSMemberInfo>
    {
        private readonly Func<TCollection, int> _count = count.CreateDelegate<Func<TCollection, int>>();
        private readonly Func<TCollection, int, PSMemberInfo> _at = at.CreateDelegate<Func<TCollection, int, PSMemberInfo>>();

        public override int CountOf(PSMemberInfoCollection<PSMemberInfo> members) => _count((TCollection)members);

        public override PSMemberInfo At(PSMemberInfoCollection<PSMemberInfo> members, int index) =>
            _at((TCollection)members, index);
    }
}
