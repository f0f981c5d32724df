using System.Buffers;
using System.Collections.Specialized;
using System.Management.Automation;

namespace Cluster.Serialization;

/// <summary>Describes a stream record as a map and writes that as a body.</summary>
internal static class StreamRecordWriter
{
    // When a record is too large, each of its texts gets an equal share of the limit. Escaping turns a character into at most
    // 6 bytes, and no record has more texts than this, names included.
    private const int BytesPerCharacter = 6;
    private const int MostTexts = 48;

    /// <summary>Writes a record. Never fails because of its content: lone surrogates are replaced, data that
    /// cannot be sent is sent as its text, and what is too large is cut.</summary>
    /// <exception cref="ArgumentException">The object is not a stream record.</exception>
    public static void Write(object record, IBufferWriter<byte> output, BodyLimits limits)
    {
        var map = Describe(record);
        var buffer = new ArrayBufferWriter<byte>();
        if (!TryWrite(map, buffer, limits))
        {
            if (map.Contains(RecordField.Data))
            {
                map[RecordField.Data] = SurrogatePairs.ReplaceLoneSurrogates(SafeToString.Of(map[RecordField.Data]));
            }

            buffer = new ArrayBufferWriter<byte>();
            if (!TryWrite(map, buffer, limits))
            {
                Cut(map, limits.MaxBytes / BytesPerCharacter / MostTexts);
                buffer = new ArrayBufferWriter<byte>();
                BodyWriter.Write(map, buffer, limits);
            }
        }

        output.Write(buffer.WrittenSpan);
    }

    private static bool TryWrite(OrderedDictionary map, ArrayBufferWriter<byte> buffer, BodyLimits limits)
    {
        try
        {
            BodyWriter.Write(map, buffer, limits);
            return true;
        }
        catch (BodyNotSerializableException)
        {
            // The caller then sends less of the record.
            return false;
        }
    }

    private static void Cut(OrderedDictionary map, int length)
    {
        foreach (var key in map.Keys.Cast<string>().ToArray())
        {
            if (map[key] is string text && text.Length > length)
            {
                map[key] = SurrogatePairs.ReplaceLoneSurrogates(text[..length]);
            }
            else if (map[key] is string[] texts)
            {
                map[key] = texts.Select(t => t.Length > length ? t[..length] : t).Take(1).ToArray();
            }
        }
    }

    private static OrderedDictionary Describe(object record) => record switch
    {
        ErrorRecord e => Describe(e),
        WarningRecord w => Describe(RecordKind.Warning, w, w.FullyQualifiedWarningId),
        VerboseRecord v => Describe(RecordKind.Verbose, v, null),
        DebugRecord d => Describe(RecordKind.Debug, d, null),
        InformationRecord i => Describe(i),
        ProgressRecord p => Describe(p),
        _ => throw new ArgumentException($"A {record.GetType()} is not a stream record.", nameof(record)),
    };

    private static OrderedDictionary Describe(ErrorRecord record)
    {
        var map = Begin(RecordKind.Error);
        foreach (var (name, value) in ErrorRecordBody.Describe(record))
        {
            map.Add(name, value);
        }

        return map;
    }

    private static OrderedDictionary Describe(RecordKind kind, InformationalRecord record, string? warningId)
    {
        var map = Begin(kind);
        Add(map, RecordField.Message, record.Message);
        Add(map, RecordField.WarningId, warningId);
        return map;
    }

    private static OrderedDictionary Describe(InformationRecord record)
    {
        var map = Begin(RecordKind.Information);
        var data = record.MessageData is PSObject wrapper ? wrapper.BaseObject : record.MessageData;
        switch (data)
        {
            case HostInformationMessage message:
                map.Add(RecordField.HostMessage, SurrogatePairs.ReplaceLoneSurrogates(message.Message ?? ""));
                map.Add(RecordField.NoNewLine, message.NoNewLine);
                Add(map, RecordField.Foreground, message.ForegroundColor?.ToString());
                Add(map, RecordField.Background, message.BackgroundColor?.ToString());
                break;
            case string text:
                map.Add(RecordField.Data, SurrogatePairs.ReplaceLoneSurrogates(text));
                break;
            default:
                map.Add(RecordField.Data, record.MessageData);
                break;
        }

        Add(map, RecordField.Source, record.Source);
        map.Add(RecordField.Time, record.TimeGenerated);
        map.Add(RecordField.Tags, record.Tags.Where(static tag => tag is not null).Select(SurrogatePairs.ReplaceLoneSurrogates).ToArray());
        Add(map, RecordField.User, record.User);
        Add(map, RecordField.Computer, record.Computer);
        map.Add(RecordField.ProcessId, (long)record.ProcessId);
        map.Add(RecordField.NativeThreadId, (long)record.NativeThreadId);
        map.Add(RecordField.ManagedThreadId, (long)record.ManagedThreadId);
        return map;
    }

    private static OrderedDictionary Describe(ProgressRecord record)
    {
        var map = Begin(RecordKind.Progress);
        map.Add(RecordField.Id, record.ActivityId);
        map.Add(RecordField.ParentId, record.ParentActivityId);
        Add(map, RecordField.Activity, record.Activity);
        Add(map, RecordField.Status, record.StatusDescription);
        Add(map, RecordField.Operation, record.CurrentOperation);
        map.Add(RecordField.Percent, record.PercentComplete);
        map.Add(RecordField.Seconds, record.SecondsRemaining);
        map.Add(RecordField.Type, record.RecordType.ToString());
        return map;
    }

    private static OrderedDictionary Begin(RecordKind kind) => new() { { RecordField.Kind, kind.ToString() } };

    private static void Add(OrderedDictionary map, string name, string? text)
    {
        if (text is not null)
        {
            map.Add(name, SurrogatePairs.ReplaceLoneSurrogates(text));
        }
    }
}
