using System.Collections;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using Newtonsoft.Json.Linq;

namespace Cluster.Serialization;

/// <content>Arrays, maps and objects: everything that has a path below it.</content>
internal sealed partial class ValueWriter
{
    private const string CustomObjectTypeName = "System.Management.Automation.PSCustomObject";
    private const string ObjectTypeName = "System.Object";

    private void WriteList(object?[] items)
    {
        _trail.Enter(items);
        _json.WriteStartArray();
        for (var i = 0; i < items.Length; i++)
        {
            _trail.At(i);
            Write(items[i]);
        }

        _json.WriteEndArray();
        _trail.Leave();
    }

    private void WriteList(IEnumerable items)
    {
        _trail.Enter(items);
        _json.WriteStartArray();
        var enumerator = Guarded(items, static list => list.GetEnumerator());
        try
        {
            for (var i = 0; Guarded(enumerator, static e => e.MoveNext()); i++)
            {
                _trail.At(i);
                Write(Guarded(enumerator, static e => e.Current));
            }
        }
        finally
        {
            (enumerator as IDisposable)?.Dispose();
        }

        _json.WriteEndArray();
        _trail.Leave();
    }

    // An array of several dimensions is sent as arrays in arrays.
    private void WriteGrid(Array grid, int dimension, int[] at)
    {
        // The grid itself is entered once per dimension, so a view of it stands for the inner ones.
        _trail.Enter(dimension == 0 ? grid : new object());
        _json.WriteStartArray();
        for (var i = 0; i < grid.GetLength(dimension); i++)
        {
            at[dimension] = grid.GetLowerBound(dimension) + i;
            _trail.At(i);
            if (dimension + 1 < grid.Rank)
            {
                WriteGrid(grid, dimension + 1, at);
            }
            else
            {
                Write(grid.GetValue(at));
            }
        }

        _json.WriteEndArray();
        _trail.Leave();
    }

    private void WriteDictionary(IDictionary map)
    {
        _trail.Enter(map);
        var scope = _names.Open();
        var enumerator = Guarded(map, static m => m.GetEnumerator());
        var members = 0;
        var wrapped = false;
        try
        {
            while (Guarded(enumerator, static e => e.MoveNext()))
            {
                var name = enumerator.Key as string ?? KeyText(enumerator.Key);
                wrapped |= BeginMember(members++, name);
                AddName(ref scope, name);
                Write(enumerator.Value);
            }
        }
        finally
        {
            (enumerator as IDisposable)?.Dispose();
        }

        EndMembers(members, wrapped);
        _names.Close(scope);
        _trail.Leave();
    }

    // Maps that are no IDictionary: ExpandoObject, JObject.
    private void WritePairs(IEnumerable pairs)
    {
        var members = pairs is JObject json
            ? json.Properties().Select(static p => KeyValuePair.Create(p.Name, (object?)p.Value))
            : (IEnumerable<KeyValuePair<string, object?>>)pairs;
        _trail.Enter(pairs);
        var scope = _names.Open();
        var count = 0;
        var wrapped = false;
        foreach (var (name, value) in members)
        {
            wrapped |= BeginMember(count++, name);
            AddName(ref scope, name);
            Write(value);
        }

        EndMembers(count, wrapped);
        _names.Close(scope);
        _trail.Leave();
    }

    private void WriteInstance(object identity, PSObject instance, bool isCustom)
    {
        _trail.Enter(identity, isInstance: !isCustom);
        var typed = BeginTypeNames(EngineTypes.TypeNamesOf(instance));
        var members = 0;
        var wrapped = false;
        if (!typed && isCustom && OwnMembersAreAll() && EngineTypes.InstanceMembersOf(instance) is { } own)
        {
            foreach (var member in own)
            {
                if (member is PSNoteProperty || (member is PSPropertyInfo && !IsTypeNameList(member)))
                {
                    WriteProperty((PSPropertyInfo)member, typed, ref members, ref wrapped);
                }
            }
        }
        else
        {
            foreach (var property in instance.Properties)
            {
                WriteProperty(property, typed, ref members, ref wrapped);
            }
        }

        if (typed)
        {
            EndTyped();
        }
        else
        {
            EndMembers(members, wrapped);
        }

        _trail.Leave();
    }

    private void WriteProperty(PSPropertyInfo property, bool typed, ref int members, ref bool wrapped)
    {
        if (!property.IsGettable)
        {
            return;
        }

        if (typed)
        {
            // Inside a typed object no key has a meaning of its own.
            WriteName(property.Name);
        }
        else
        {
            wrapped |= BeginMember(members++, property.Name);
        }

        Write(property is PSNoteProperty ? property.Value : ValueOf(property));
    }

    // Whether a plain custom object has no properties but those added to it, which is so unless someone has extended the
    // type itself (Update-TypeData). Found out once per body, for collecting them from every object is most of the work.
    private bool OwnMembersAreAll()
    {
        if (_ownMembersAreAll is null)
        {
            using var properties = _emptyObject.Properties.GetEnumerator();
            _ownMembersAreAll = !properties.MoveNext();
        }

        return _ownMembersAreAll.Value;
    }

    // The engine keeps $object.PSTypeNames among the members once it has been asked for.
    private static bool IsTypeNameList(PSMemberInfo member) =>
        member is PSCodeProperty && member.Name.Equals("PSTypeNames", StringComparison.OrdinalIgnoreCase);

    private void WriteErrorRecord(ErrorRecord record, PSObject wrapper)
    {
        _trail.Enter(record, isInstance: true);
        BeginTypeNames(EngineTypes.TypeNamesOf(wrapper));
        foreach (var (name, value) in ErrorRecordBody.Describe(record))
        {
            WriteName(name);
            Write(value);
        }

        EndTyped();
        _trail.Leave();
    }

    // Opens a typed object up to the first of its properties, unless the names are those of any [pscustomobject].
    private bool BeginTypeNames(Collection<string> names)
    {
        if (names.Count == 0 || IsGeneral(names[0]))
        {
            return false;
        }

        _json.WriteStartObject();
        _json.WritePropertyName(WireTag.Marker, escape: false);
        _json.WriteValue(WireTag.Object);
        _json.WritePropertyName(WireTag.TypeNames, escape: false);
        _json.WriteStartArray();
        foreach (var name in names)
        {
            if (IsGeneral(name))
            {
                break;
            }

            WriteText(name);
        }

        _json.WriteEndArray();
        _json.WritePropertyName(WireTag.Value, escape: false);
        _json.WriteStartObject();
        return true;
    }

    private void EndTyped()
    {
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private static bool IsGeneral(string typeName) => typeName is CustomObjectTypeName or ObjectTypeName;

    // Writes the opening of a map, if this is the first member, and the name. Tells whether the map is wrapped, which it
    // is when it begins with the marker of typed values.
    private bool BeginMember(int index, string name)
    {
        var wrap = index == 0 && name == WireTag.Marker;
        if (wrap)
        {
            ScalarWriter.Begin(_json, WireTag.Map);
        }

        if (index == 0)
        {
            _json.WriteStartObject();
        }

        WriteName(name);
        return wrap;
    }

    private void EndMembers(int count, bool wrapped)
    {
        if (count == 0)
        {
            _json.WriteStartObject();
        }

        _json.WriteEndObject();
        if (wrapped)
        {
            _json.WriteEndObject();
        }
    }

    private void WriteName(string name)
    {
        _trail.At(name);
        if (name.Length == 0)
        {
            throw _trail.Refuse(BodyRefusal.EmptyKey, "has the empty text as its key, and a property must have a name");
        }

        if (!SurrogatePairs.AreWhole(name))
        {
            throw _trail.Refuse(BodyRefusal.LoneSurrogate, "has half of a surrogate pair in its key, which is no character");
        }

        _json.WritePropertyName(name);
    }

    private void AddName(ref NameScope scope, string name)
    {
        if (!_names.TryAdd(ref scope, name))
        {
            throw _trail.Refuse(
                BodyRefusal.DuplicateKey, "has a key that an earlier one equals apart from case, and a property's name ignores case");
        }
    }

    private static string KeyText(object key) => PSObject.AsPSObject(key).BaseObject switch
    {
        string s => s,
        Enum e => e.ToString(),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        var other => other.ToString() ?? "",
    };

    // The value of a property whose getter is a user's or the framework's code. Many types have getters that throw for
    // some of their objects (the exit code of a running process): those have no value to send.
    private static object? ValueOf(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException e) when (e.InnerException is not PipelineStoppedException)
        {
            return null;
        }
    }

    // Calls a collection, which is a user's or the framework's code.
    private TResult Guarded<TCollection, TResult>(TCollection collection, Func<TCollection, TResult> call)
    {
        try
        {
            return call(collection);
        }
        catch (Exception e) when (e is not (PipelineStoppedException or OutOfMemoryException))
        {
            throw _trail.Refuse(BodyRefusal.EnumerationFailed, $"cannot be enumerated: {e.Message}", e);
        }
    }
}
