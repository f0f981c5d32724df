using System.Collections;
using System.Globalization;
using System.Management.Automation;
using Newtonsoft.Json.Linq;

namespace Cluster.Serialization;

/// <content>Hashtables and other maps, and the names of members.</content>
internal sealed partial class ValueWriter
{
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
                var name = enumerator.Key as string ?? Guarded(enumerator.Key, KeyText);
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
        using var enumerator = Guarded(members, static m => m.GetEnumerator());
        while (Guarded(enumerator, static e => e.MoveNext()))
        {
            var (name, value) = enumerator.Current;
            wrapped |= BeginMember(count++, name);
            AddName(ref scope, name);
            Write(value);
        }

        EndMembers(count, wrapped);
        _names.Close(scope);
        _trail.Leave();
    }

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
}
