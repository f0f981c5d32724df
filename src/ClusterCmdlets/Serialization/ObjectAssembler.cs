using System.Management.Automation;
using System.Reflection;

namespace Cluster.Serialization;

/// <summary>Builds custom objects property by property, several times faster than through the public members.</summary>
/// <remarks>
/// The public members (<c>new PSObject()</c>, <c>Properties.Add</c>) enter each object in a table of weak references, copy
/// each property and notify the engine's call sites of each name, message after message. Here the object is created by
/// the constructor that <c>[pscustomobject]@{}</c> uses, which is public but newer than the reference assembly, and a
/// name that the engine knows already is added to the object's members directly. Where the running engine lacks either,
/// the public members are used.
/// </remarks>
internal static class ObjectAssembler
{
    private const int MostCounts = 32;

    private static readonly object[] Counts = [.. Enumerable.Range(0, MostCounts + 1).Cast<object>()];

    private static readonly ConstructorInvoker? WithCapacity =
        typeof(PSObject).GetConstructor([typeof(int)]) is { } constructor ? ConstructorInvoker.Create(constructor) : null;

    /// <summary>Makes an object, with room for what it gets and no more: many are kept.</summary>
    /// <param name="items">Holds the names, each followed by its value; no name twice, none of them empty.</param>
    /// <param name="start">Where they begin; they go on to the end.</param>
    public static PSObject Make(List<object?> items, int start)
    {
        var target = Begin((items.Count - start) / 2);
        var members = EngineTypes.InstanceMembersOf(target);
        for (var i = start; i < items.Count; i += 2)
        {
            var key = (ReadKey)items[i]!;
            var property = new PSNoteProperty(key.Text, items[i + 1]);
            if (members is not null && key.IsAnnounced)
            {
                members.Add(property, preValidated: true);
            }
            else
            {
                // Through the public member once: the engine remembers a name for the life of the process.
                target.Properties.Add(property, preValidated: true);
                key.IsAnnounced = true;
            }
        }

        return target;
    }

    /// <summary>An object without properties.</summary>
    /// <param name="count">How many it will get.</param>
    public static PSObject Begin(int count) =>
        WithCapacity is null ? new PSObject() : (PSObject)WithCapacity.Invoke(count <= MostCounts ? Counts[count] : count)!;
}
