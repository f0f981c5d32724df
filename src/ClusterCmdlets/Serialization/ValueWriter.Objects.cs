using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Cluster.Serialization;

/// <content>Custom objects and class instances.</content>
internal sealed partial class ValueWriter
{
    private const string CustomObjectTypeName = "System.Management.Automation.PSCustomObject";
    private const string ObjectTypeName = "System.Object";

    private readonly WeakReference<Runspace?> _emptyObjectsRunspace = new(null);
    private PSObject? _emptyObject;
    private bool? _ownMembersAreAll;

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
            // An object remembers the types of the runspace in which it was first asked.
            var runspace = Runspace.DefaultRunspace;
            if (_emptyObject is null || !_emptyObjectsRunspace.TryGetTarget(out var known) || known != runspace)
            {
                _emptyObject = ObjectAssembler.Begin();
                _emptyObjectsRunspace.SetTarget(runspace);
            }

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
}
