using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Cluster.Serialization;

/// <content>Custom objects and class instances.</content>
internal sealed partial class ValueWriter
{
    private const string CustomObjectTypeName = "System.Management.Automation.PSCustomObject";
    private const string ObjectTypeName = "System.Object";

    private readonly WeakReference<Runspace?> _emptyObjectsRunspace = new(null);
    private readonly WeakReference<object?> _knownTypeMembers = new(null);
    private PSObject? _emptyObject;
    private bool _ownMembersWereAll;
    private bool? _ownMembersAreAll;

    private void WriteInstance(object identity, PSObject instance, bool isCustom)
    {
        var cuts = !isCustom && PlatformTypes.Contains(identity.GetType());
        _trail.Enter(identity);
        _trail.IsCut = cuts;
        var typed = BeginTypeNames(instance, isCustom);
        var members = 0;
        var wrapped = false;
        if (!typed && isCustom && OwnMembersAreAll()
            && OwnMembers.Access is { } access && EngineTypes.InstanceMembersOf(instance) is { } own)
        {
            for (var i = 0; i < access.CountOf(own); i++)
            {
                var member = access.At(own, i);
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
                // What a user has added to an object is the user's; the other two come with every item of a drive.
                _trail.IsCut = cuts && (property is not PSNoteProperty || property.Name is "PSDrive" or "PSProvider");
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
        object? value;
        if (property is PSNoteProperty)
        {
            value = property.Value;
        }
        else if (!TryGetValue(property, out value) || (_trail.IsCut && IsSecret(value)))
        {
            return;
        }

        if (typed)
        {
            // Inside a typed object no key has a special meaning.
            WriteName(property.Name);
        }
        else
        {
            wrapped |= BeginMember(members++, property.Name);
        }

        Write(value);
    }

    // Whether a plain custom object has no properties but those added to it, which is so unless the type itself was
    // extended (Update-TypeData). Asked once per body, and determined only when a type has been extended since: collecting
    // the members of an object is most of the work of writing it.
    private bool OwnMembersAreAll()
    {
        if (_ownMembersAreAll is null)
        {
            // An object keeps the types of the runspace in which it was first used.
            var runspace = Runspace.DefaultRunspace;
            if (_emptyObject is null || !_emptyObjectsRunspace.TryGetTarget(out var known) || known != runspace)
            {
                _emptyObject = ObjectAssembler.Begin(count: 0);
                _emptyObjectsRunspace.SetTarget(runspace);
            }

            var typeMembers = EngineTypes.TypeMembersOf(_emptyObject);
            if (typeMembers is null || !_knownTypeMembers.TryGetTarget(out var last) || last != typeMembers)
            {
                using var properties = _emptyObject.Properties.GetEnumerator();
                _ownMembersWereAll = !properties.MoveNext();
                _knownTypeMembers.SetTarget(typeMembers);
            }

            _ownMembersAreAll = _ownMembersWereAll;
        }

        return _ownMembersAreAll.Value;
    }

    // The engine keeps $object.PSTypeNames among the members once it has been read.
    private static bool IsTypeNameList(PSMemberInfo member) =>
        member is PSCodeProperty && member.Name.Equals("PSTypeNames", StringComparison.OrdinalIgnoreCase);

    private void WriteErrorRecord(ErrorRecord record, PSObject wrapper)
    {
        _trail.Enter(record);
        BeginTypeNames(wrapper, isCustom: false);
        foreach (var (name, value) in ErrorRecordBody.Describe(record))
        {
            WriteName(name);
            Write(value);
        }

        EndTyped();
        _trail.Leave();
    }

    // Opens a typed object up to the first of its properties, unless the names are those of any [pscustomobject].
    private bool BeginTypeNames(PSObject instance, bool isCustom)
    {
        var names = EngineTypes.TypeNamesOf(instance);
        if (names.Count == 0 || IsGeneral(names[0]))
        {
            return false;
        }

        _json.WriteStartObject();
        _json.WritePropertyName(WireTag.MarkerText);
        _json.WriteStringValue(WireTag.Object);
        _json.WritePropertyName(WireTag.TypeNamesText);
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

        // A custom object makes its text of its properties, but for one that has been the object of a class elsewhere.
        if ((isCustom ? EngineTypes.KeptTextOf(instance) : SafeToString.Of(instance)) is { } text)
        {
            _json.WritePropertyName(WireTag.TextText);
            WriteText(SurrogatePairs.ReplaceLoneSurrogates(text));
        }

        _json.WritePropertyName(WireTag.ValueText);
        _json.WriteStartObject();
        return true;
    }

    private void EndTyped()
    {
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private static bool IsGeneral(string typeName) => typeName is CustomObjectTypeName or ObjectTypeName;

    // The value of a property whose getter is a user's or the framework's code. Many types have getters that throw for
    // some of their objects (the exit code of a running process), and an alias may name nothing or itself: those have
    // no value to send.
    private static bool TryGetValue(PSPropertyInfo property, out object? value)
    {
        value = null;
        try
        {
            if (!property.IsGettable)
            {
                return false;
            }

            value = property.Value;
        }
        catch (Exception e) when (IsOfValue(e) && e is not FlowControlException && e.InnerException is not PipelineStoppedException)
        {
            // Null is what plain PowerShell gives for most of these.
        }

        return true;
    }
}
