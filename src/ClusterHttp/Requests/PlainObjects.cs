using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Serialization;

namespace Cluster.Http.Requests;

/// <summary>
/// Whether the properties of custom objects are those alone that were added to them, so that they can be read in place: to have the engine
/// collect those that a type gives is most of the work of writing an object. For one thread.
/// </summary>
internal sealed class PlainObjects
{
    private static readonly int PlainNames = EngineTypes.TypeNamesOf(new PSObject()).Count;
    private PSObject? _empty;
    private Runspace? _runspace;
    private object? _typeMembers;
    private bool _isPlain;

    /// <summary>The members of an object that has no others.</summary>
    /// <param name="value">The object.</param>
    /// <returns>Null if the engine must be asked for all.</returns>
    public PSMemberInfoCollection<PSMemberInfo>? MembersOf(PSObject value) =>
        value.BaseObject is PSCustomObject && EngineTypes.TypeNamesOf(value).Count == PlainNames && IsPlain() ? EngineTypes.InstanceMembersOf(value) : null;

    /// <summary>Determined anew when a type of the runspace has been extended since.</summary>
    private bool IsPlain()
    {
        var runspace = Runspace.DefaultRunspace;
        if (OwnMembers.Access is null || runspace is null)
        {
            return false;
        }

        if (_empty is null || runspace != _runspace)
        {
            _empty = new PSObject();
            _runspace = runspace;
            _typeMembers = null;
        }

        var members = EngineTypes.TypeMembersOf(_empty);
        if (members is null || members != _typeMembers)
        {
            using var properties = _empty.Properties.GetEnumerator();
            _isPlain = !properties.MoveNext();
            _typeMembers = members;
        }

        return _isPlain;
    }
}
