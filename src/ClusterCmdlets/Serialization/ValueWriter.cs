using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Net;
using System.Security;
using System.Text.Encodings.Web;
using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace Cluster.Serialization;

/// <summary>
/// Writes one value after the other as JSON. Keeps its buffers between values. Must not be used again after a value that
/// could not be written.
/// </summary>
/// <remarks>
/// One thread at a time, and that the pipeline thread: properties of objects may run script. Such a script may itself
/// send a message, so that script needs a writer of its own.
/// </remarks>
internal sealed partial class ValueWriter : IDisposable
{
    // A body is never embedded in HTML, so only the characters that JSON itself requires are escaped.
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    // Characters that are written before the size is checked again; every value counts for at least a few.
    private const int LongestUnguarded = 4096;
    private const int UnguardedStep = 32;

    private readonly EncodedNameCache _written = new(Encoder);
    private readonly PathTracker _trail = new();
    private readonly NameTracker _names = new();
    private readonly Utf8JsonWriter _json;
    private long _maxBytes;
    private long _unguarded;
    private bool _keepsMaps;

    /// <summary>Creates a writer.</summary>
    public ValueWriter() => _json = new Utf8JsonWriter(Stream.Null, new JsonWriterOptions
    {
        Encoder = Encoder,
        MaxDepth = BodyLimits.JsonDepth(BodyLimits.DeepestAllowed),
        SkipValidation = true,
    });

    /// <summary>Writes a body.</summary>
    /// <exception cref="BodyNotSerializableException">The value cannot be sent; part of it may be in the output.</exception>
    public void WriteBody(object? value, IBufferWriter<byte> output, BodyLimits limits, MapStyle maps)
    {
        _json.Reset(output);
        _maxBytes = limits.MaxBytes;
        _unguarded = 0;
        _trail.Begin(limits.MaxDepth);
        _names.Reset();
        _ownMembersAreAll = null;
        _keepsMaps = maps == MapStyle.Original;
        try
        {
            Write(value);
        }
        catch (Exception e) when (IsOfValue(e) && e is not (BodyNotSerializableException or FlowControlException))
        {
            // Members, type names and texts may all be made by a user's code.
            throw _trail.Refuse(BodyRefusal.Unreadable, $"cannot be read: {e.Message}", e);
        }

        GuardSizeNow(0);
        _json.Flush();
    }

    /// <summary>Releases the buffers.</summary>
    public void Dispose()
    {
        // The rest of an unfinished body must not be written.
        _json.Reset(Stream.Null);
        _json.Dispose();
    }

    private void Write(object? value)
    {
        // In the order of frequency; the types here are sealed or nearly so, hence cheap to compare.
        switch (value)
        {
            case null: _json.WriteNullValue(); break;
            case string s: WriteText(s); break;
            case int n: _json.WriteNumberValue(n); break;
            case bool b: _json.WriteBooleanValue(b); break;
            case double d: ScalarWriter.WriteDouble(_json, d); break;
            case PSObject o: WritePSObject(o); break;
            case object?[] array: WriteList(array); break;
            case Hashtable or System.Collections.Specialized.OrderedDictionary: WriteDictionary((IDictionary)value); break;
            case long n: _json.WriteNumberValue(n); break;
            default: WriteOther(value, null); break;
        }
    }

    private void WritePSObject(PSObject value)
    {
        var content = value.BaseObject;
        if (ReferenceEquals(value, AutomationNull.Value))
        {
            _json.WriteNullValue();
        }
        else if (content is PSCustomObject)
        {
            WriteInstance(value, value, isCustom: true);
        }
        else if (content is string or int or bool or double or long or object?[] or Hashtable)
        {
            Write(content);
        }
        else
        {
            WriteOther(content, value);
        }
    }

    private void WriteOther(object value, PSObject? wrapper)
    {
        if (value is byte[] bytes)
        {
            GuardSize(bytes.Length);
        }

        if (ScalarWriter.TryWrite(_json, value))
        {
            return;
        }

        if (_trail.IsCut && IsSecret(value))
        {
            _json.WriteNullValue();
            return;
        }

        RefuseSecrets(value);
        switch (value)
        {
            case SwitchParameter s: _json.WriteBooleanValue(s.IsPresent); break;
            case DBNull: _json.WriteNullValue(); break;
            case Uri u: WriteTaggedText(u.IsAbsoluteUri ? WireTag.Uri : WireTag.RelativeUri, u.OriginalString); break;
            case JValue j: Write(j.Value); break;
            case IDictionary d: WriteDictionary(d); break;
            case IEnumerable<KeyValuePair<string, object?>> or JObject: WritePairs((IEnumerable)value); break;
            case Array { Rank: > 1 } a: WriteGrid(a, 0, new int[a.Rank]); break;
            case ErrorRecord e: WriteErrorRecord(e, wrapper ?? PSObject.AsPSObject(e)); break;
            default: WriteTextOrCollection(value, wrapper); break;
        }
    }

    private void WriteTextOrCollection(object value, PSObject? wrapper)
    {
        var text = TextForm.Always(value) ?? (_trail.IsCut ? TextForm.InsidePlatform(value, _trail) : null);
        if (text is not null)
        {
            WriteText(text);
        }
        else if (EngineTypes.IsSemanticVersion(value))
        {
            WriteTaggedText(WireTag.SemanticVersion, value.ToString() ?? "");
        }
        else if ((value as IEnumerable ?? TextForm.RowsOf(value)) is { } items)
        {
            WriteList(items);
        }
        else
        {
            WriteInstance(value, wrapper ?? PSObject.AsPSObject(value), isCustom: false);
        }
    }

    // Called before everything that can be long or can repeat. For short values the size is checked only now and then.
    private void GuardSize(int next)
    {
        _unguarded += next + UnguardedStep;
        if (_unguarded >= LongestUnguarded)
        {
            GuardSizeNow(next);
        }
    }

    private void GuardSizeNow(int next)
    {
        _unguarded = 0;
        if (_json.BytesCommitted + _json.BytesPending + next > _maxBytes)
        {
            throw _trail.Refuse(
                BodyRefusal.TooLarge, string.Create(CultureInfo.InvariantCulture, $"takes it over the limit of {_maxBytes} bytes"));
        }
    }

    private static bool IsSecret(object? value) =>
        (value is PSObject wrapper ? wrapper.BaseObject : value) is SecureString or PSCredential or NetworkCredential;

    private void RefuseSecrets(object value)
    {
        if (IsSecret(value))
        {
            throw _trail.Refuse(BodyRefusal.Refused, $"is a secret ({value.GetType().Name}), which is never sent");
        }

        if (value is Task && !_trail.IsCut)
        {
            throw _trail.Refuse(BodyRefusal.Refused, "is a task; send its result instead");
        }
    }
}
