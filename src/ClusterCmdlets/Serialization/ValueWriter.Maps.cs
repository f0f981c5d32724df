using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using Newtonsoft.Json.Linq;

namespace Cluster.Serialization;

/// <content>Hashtables and other maps, and the names of members.</content>
internal sealed partial class ValueWriter
{
    private void WriteDictionary(IDictionary map)
    {
        if (_keepsMaps)
        {
            WriteTable(map);
            return;
        }

        _trail.Enter(map);
        var scope = _names.Open();
        var enumerator = EnumeratorOf(map);
        var members = 0;
        var wrapped = false;
        try
        {
            while (MoveNext(enumerator))
            {
                var name = enumerator.Key as string ?? KeyText(enumerator.Key);
                wrapped |= BeginMember(members++, name);
                AddName(ref scope, name);
                Write(enumerator.Value);
            }
        }
        finally
        {
            // A hashtable's enumerator is not disposable, and finding that out is slow.
            if (map is not Hashtable)
            {
                (enumerator as IDisposable)?.Dispose();
            }
        }

        EndMembers(members, wrapped);
        _names.Close(scope);
        _trail.Leave();
    }

    // A dictionary as what it is: its keys are any values, and may differ by case alone.
    private void WriteTable(IDictionary map)
    {
        _trail.Enter(map);
        ScalarWriter.Begin(_json, map is OrderedDictionary ? WireTag.Ordered : WireTag.Hashtable);
        _json.WriteStartArray();
        var enumerator = EnumeratorOf(map);
        try
        {
            while (MoveNext(enumerator))
            {
                _trail.At(enumerator.Key as string ?? KeyText(enumerator.Key));
                GuardSize(0);
                Write(enumerator.Key);
                Write(enumerator.Value);
            }
        }
        finally
        {
            (enumerator as IDisposable)?.Dispose();
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
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
        using var enumerator = (IEnumerator<KeyValuePair<string, object?>>)EnumeratorOf(members);
        while (MoveNext(enumerator))
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

    // Writes the opening of a map, if this is the first member, and the name. Returns whether the map is wrapped, which it
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
        GuardSize(name.Length);
        if (name.Length > 0 && _written.TryGet(name, out var text))
        {
            _json.WritePropertyName(text);
            return;
        }

        if (!SurrogatePairs.AreWhole(name))
        {
            throw _trail.Refuse(BodyRefusal.LoneSurrogate, "has a lone surrogate in its key, which is not a character");
        }

        if (name.Length > 0)
        {
            _written.Add(name);
        }

        _json.WritePropertyName(name);
    }

    private void AddName(ref NameScope scope, string name)
    {
        if (!_names.TryAdd(ref scope, name))
        {
            throw _trail.Refuse(
                BodyRefusal.DuplicateKey, "has two keys that differ only by case, and names of properties ignore case");
        }
    }

    private string KeyText(object key)
    {
        try
        {
            return PSObject.AsPSObject(key).BaseObject switch
            {
                string s => s,
                Enum e => e.ToString(),
                IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
                var other => other.ToString() ?? "",
            };
        }
        catch (Exception e) when (IsOfValue(e))
        {
            throw NotEnumerable(e);
        }
    }
}
